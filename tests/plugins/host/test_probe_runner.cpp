// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/probe_runner.h"

#include <QDir>
#include <QElapsedTimer>
#include <QTest>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "tests/plugins/host/scratch.h"

using namespace roundhouse;
using namespace roundhouse::plugins;
namespace fs = std::filesystem;

namespace {

const fs::path hostile = HOSTILE_FOLDER;

ProbeProgram program(double seconds = 20) { return {PROBE_PROGRAM, seconds}; }

int processes_named(const std::string& name) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "comm");
    std::string comm;
    if (std::getline(file, comm) && comm == name) ++count;
  }
  return count;
}

int open_descriptors() { return static_cast<int>(std::distance(fs::directory_iterator("/proc/self/fd"), {})); }

}  // namespace

class TestProbeRunner : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void goodPluginPasses() {
    const auto failure = run_probe_program(program(), fs::path(FULL_FOLDER) / "plugin.json");
    QVERIFY2(!failure, failure ? failure->reason().c_str() : "");
  }

  void hostilePluginIsTold_data() {
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("reason");  // beginning
    const auto row = [](const char* name, const char* reason) { QTest::newRow(name) << QByteArray(name) << QByteArray(reason); };
    row("throws_in_constructor", "threw an exception in its constructor: no\\x0away\\x1b[31m");
    row("throws_number", "threw an exception in its constructor: not a std::exception");
    row("throws_in_initialise", "threw an exception in initialise: index 3 of 2");
    row("throws_in_stop", "threw an exception in stop: not yet");
    row("throws_past_noexcept", "crashed in start: SIGABRT (Aborted)");
    row("refuses", "gave up in start: open price table: prices.csv: expected a file, received none");
    row("aborts", "crashed in its constructor: SIGABRT (Aborted)");
    row("exits", "ended the process in its constructor: exit status 0");
    row("exits_at_once", "ended the process in extensions_ready: exit status 0");
    row("exits_in_stop", "ended the process in stop: exit status 0");
    row("segfaults", "crashed in initialise: SIGSEGV (Segmentation fault)");
    row("overflows_stack", "crashed in its constructor: SIGSEGV (Segmentation fault)");
    row("crashes_when_unloaded", "crashed when the process ended (static destructor): SIGABRT (Aborted)");
    row("wrong_version", "made for another plugin interface: the library was built for 9.4, this program offers 1.0");
    row("wrong_abi", "compiled with an incompatible compiler or library: C++ fingerprint");
    row("wrong_id", "library and manifest disagree: the library says test.somebody-else, the manifest test.wrong-id");
    row("no_entry", "not a Roundhouse plugin: the symbol roundhouse_plugin_entry is missing");
    row("entry_is_something_else", "not a Roundhouse plugin: roundhouse_plugin_entry begins with 0x67756c70");
    row("makes_nothing", "gave up in its constructor: it made no plugin");
    row("missing_library", "needs a library that is not installed: libroundhouse-absent.so.9");
    row("undeclared_extension", "registers other extensions than its manifest lists: command hostile-sneaks was registered and is not declared");
    row("signals_parent", "crashed in its constructor: SIGSYS (Bad system call)");
    row("fills_disk", "crashed in its constructor: SIGXFSZ (File size limit exceeded)");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    row("fills_memory", "threw an exception in its constructor: std::bad_alloc");
    row("unresolved_symbol", "needs a symbol that nothing provides:");
#endif
  }
  void hostilePluginIsTold() {
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, reason);
    const auto failure = run_probe_program(program(), hostile / name.toStdString() / "plugin.json");
    QVERIFY(failure.has_value());
    const QByteArray said = QByteArray::fromStdString(failure->reason());
    QVERIFY2(said.startsWith(reason), said.constData());
    QVERIFY2(!said.contains('\n') && !said.contains('\x1b'), said.constData());
  }

  void unresolvedSymbolIsNamed() {
    const auto failure = run_probe_program(program(), hostile / "unresolved_symbol" / "plugin.json");
    QVERIFY2(failure && failure->detail.find("roundhouse_function_that_nobody_has") != std::string::npos, failure ? failure->detail.c_str() : "passed");
  }

  void hangingEndsAtTheLimit_data() {
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<int>("phase");
    QTest::newRow("in the constructor") << QByteArray("hangs_in_constructor") << static_cast<int>(Phase::create);
    QTest::newRow("in a static initialiser") << QByteArray("hangs_in_static_initialiser") << static_cast<int>(Phase::open);
  }
  void hangingEndsAtTheLimit() {
    QFETCH(QByteArray, name);
    QFETCH(int, phase);
    QElapsedTimer timer;
    timer.start();
    const auto failure = run_probe_program(program(1.5), hostile / name.toStdString() / "plugin.json");
    QVERIFY(failure.has_value());
    QCOMPARE(failure->kind, FailureKind::hung);
    QCOMPARE(static_cast<int>(failure->phase), phase);
    QVERIFY(timer.elapsed() >= 1500 && timer.elapsed() < 10000);
  }

  void mayNotOpenInternetSockets() {
    const auto failure = run_probe_program(program(), hostile / "opens_socket" / "plugin.json");
    QVERIFY2(!failure, failure ? failure->reason().c_str() : "");
  }

  void whatItLeavesBehindIsEnded() {
    QElapsedTimer timer;
    timer.start();
    const auto failure = run_probe_program(program(), hostile / "leaves_process_behind" / "plugin.json");
    QVERIFY2(!failure, failure ? failure->reason().c_str() : "");
    QVERIFY(timer.elapsed() < 15000);  // it did not wait for the child that holds the pipes
    QTRY_COMPARE(processes_named("rh-left-behind"), 0);
  }

  void floodOfOutputIsDropped() {
    const auto failure = run_probe_program(program(), hostile / "floods_output" / "plugin.json");
    // The flood went over the report too and pushed its end out: what cannot be understood is not loaded.
    QVERIFY(failure.has_value());
  }

  void whatIsNoLibraryIsTold_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("kind");
    std::ifstream file(fs::path(FULL_FOLDER) / "libplugin_full.so", std::ios::binary);
    const QByteArray good = QByteArray::fromStdString(std::string(std::istreambuf_iterator<char>(file), {}));
    QVERIFY(good.size() > 10000);
    const int none = static_cast<int>(FailureKind::not_a_library);
    QTest::newRow("empty") << QByteArray() << none;
    QTest::newRow("text") << QByteArray("print('hello')\n") << none;
    QTest::newRow("cut in its header") << good.left(40) << none;
    QTest::newRow("zeros behind its header") << good.left(64) + QByteArray(20000, '\0') << none;
    QByteArray other = good;
    other[18] = 40;  // e_machine: ARM
    QTest::newRow("other machine") << other << none;
    // The loader maps what the header promises and reads beyond the file's end.
    QTest::newRow("cut in the middle") << good.left(good.size() / 3) << -1;
  }
  void whatIsNoLibraryIsTold() {
    QFETCH(QByteArray, bytes);
    QFETCH(int, kind);
    const scratch::Folder folder;
    folder.write("libx.so", bytes.toStdString());
    const auto failure = run_probe_program(program(), folder.write("plugin.json", scratch::manifest("test.x")));
    QVERIFY(failure.has_value());
    if (kind >= 0) QCOMPARE(static_cast<int>(failure->kind), kind);
  }

  void bitFlipsNeverReachUs() {
    std::ifstream file(fs::path(FULL_FOLDER) / "libplugin_full.so", std::ios::binary);
    const std::string good(std::istreambuf_iterator<char>(file), {});
    for (unsigned i = 0; i < 15; ++i) {
      std::string bytes = good;
      for (unsigned n = 0; n < 200; ++n) bytes[(n * 7919u + i * 104729u + n * n * 31u) % bytes.size()] ^= static_cast<char>(1 << (n % 8));
      const scratch::Folder folder;
      folder.write("libx.so", bytes);
      const auto failure = run_probe_program(program(3), folder.write("plugin.json", scratch::manifest("test.full")));
      QVERIFY(failure.has_value());
    }
  }

  void missingProbeIsTold() {
    const auto failure = run_probe_program({"/nowhere/roundhouse-plugin-probe", 5}, fs::path(FULL_FOLDER) / "plugin.json");
    QVERIFY(failure.has_value());
    QCOMPARE(failure->kind, FailureKind::probe);
  }

  void cancelEndsIt() {
    CancelToken cancel;
    std::thread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      cancel.cancel();
    });
    QElapsedTimer timer;
    timer.start();
    const auto failure = run_probe_program(program(60), hostile / "hangs_in_constructor" / "plugin.json", cancel);
    later.join();
    QVERIFY(failure.has_value());
    QCOMPARE(failure->kind, FailureKind::probe);
    QVERIFY(timer.elapsed() < 10000);
  }

  void leavesNothingHere() {
    const scratch::Folder temporary;
    qputenv("TMPDIR", temporary.path().c_str());
    const int before = open_descriptors();
    for (const char* name : {"aborts", "segfaults", "fills_disk"}) (void)run_probe_program(program(), hostile / name / "plugin.json");
    (void)run_probe_program(program(), fs::path(FULL_FOLDER) / "plugin.json");
    qunsetenv("TMPDIR");
    QCOMPARE(open_descriptors(), before);
    QVERIFY(fs::is_empty(temporary.path()));
  }

  void worksWithTheStandardDescriptorsClosed() {
    const int saved[3] = {::dup(0), ::dup(1), ::dup(2)};
    for (int fd : {0, 1, 2}) ::close(fd);
    const auto passed = run_probe_program(program(), fs::path(FULL_FOLDER) / "plugin.json");
    const auto failed = run_probe_program(program(), hostile / "aborts" / "plugin.json");
    for (int fd : {0, 1, 2}) {
      ::dup2(saved[fd], fd);
      ::close(saved[fd]);
    }
    QVERIFY2(!passed, passed ? passed->reason().c_str() : "");
    QVERIFY(failed.has_value());
    QCOMPARE(failed->kind, FailureKind::crashed);
  }
};

QTEST_GUILESS_MAIN(TestProbeRunner)
#include "test_probe_runner.moc"
