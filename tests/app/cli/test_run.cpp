// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include "app/cli/cli.h"
#include "tests/app/cli/program.h"

using namespace roundhouse;

// The program as a whole: its help, wrong arguments, streams that are closed, signals.
class TestRun : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void helpAndVersion() {
    const program::Program cli;
    const auto help = cli.run({"--help"});
    VERIFY_ENDED(help, 0);
    for (const char* word : {"generate", "chat", "inspect", "tokenize", "trace", "bench", "audit", "plugins", "eval", "import", "example-calculate", "Exit codes"}) {
      QVERIFY2(help.out.contains(word), word);
    }
    const auto version = cli.run({"--version"});
    VERIFY_ENDED(version, 0);
    QVERIFY(version.out.startsWith("roundhouse-cli "));
    QVERIFY(cli.run({"bench", "--help"}).out.contains("GB/s: tokens/s times the bytes of weights"));
  }
  void wrongArguments_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("none") << QStringList();
    QTest::newRow("unknown command") << QStringList{"dance"};
    QTest::newRow("unknown option") << QStringList{"generate", "--dance", "x"};
    QTest::newRow("no number") << QStringList{"generate", "-n", "many", "x"};
    QTest::newRow("two prompts") << QStringList{"generate", "a", "b"};
    QTest::newRow("out of range") << QStringList{"generate", "--top-p", "7", "x"};
    QTest::newRow("blank prompt") << QStringList{"generate", "  "};
    QTest::newRow("empty prompt") << QStringList{"generate", ""};
    QTest::newRow("empty prompt of a trace") << QStringList{"trace", ""};
    QTest::newRow("empty text") << QStringList{"tokenize", ""};
    QTest::newRow("negative context") << QStringList{"generate", "-c", "-5", "x"};
    QTest::newRow("negative threads") << QStringList{"bench", "-t", "-2"};
    QTest::newRow("nothing to measure") << QStringList{"bench", "-p", "0", "-n", "0"};
    QTest::newRow("an empty number") << QStringList{"generate", "-n", "", "x"};
    QTest::newRow("an empty temperature") << QStringList{"generate", "--temperature", "", "x"};
    QTest::newRow("seed below 0") << QStringList{"generate", "--seed", "-1", "x"};
    QTest::newRow("more context than the model has") << QStringList{"generate", "-c", "100000000", "x"};
    QTest::newRow("layer that is none") << QStringList{"generate", "--disable", "999:1", "x"};
    QTest::newRow("unknown isa") << QStringList{"generate", "--isa", "mmx", "x"};
    QTest::newRow("too many threads") << QStringList{"generate", "-t", "100000", "x"};
    QTest::newRow("audit alone") << QStringList{"audit"};
    QTest::newRow("export to nowhere") << QStringList{"audit", "export"};
    QTest::newRow("wrong format") << QStringList{"trace", "x", "-o", "trace.txt"};
    QTest::newRow("binary trace on standard output") << QStringList{"trace", "x", "--format", "rhtrace"};
  }
  void wrongArguments() {
    QFETCH(QStringList, arguments);
    const auto ended = program::Program().run(arguments);
    VERIFY_ENDED(ended, 2);
    QVERIFY(ended.out.isEmpty());
    QVERIFY(ended.err.startsWith("roundhouse-cli: "));
  }
  void wrongArgumentsAsJson() {
    const program::Program cli;
    const auto option = cli.run({"generate", "--json", "-t", "-1", "x"});
    VERIFY_ENDED(option, 2);
    const auto error = option.json()["error"];
    QCOMPARE(error["code"].get<std::string>(), std::string("invalid_argument"));
    QCOMPARE(error["object"].get<std::string>(), std::string("--threads"));
    QCOMPARE(error["expected"].get<std::string>(), std::string("a whole number, 0 or more"));
    QCOMPARE(error["received"].get<std::string>(), std::string("'-1'"));
    for (const QStringList& arguments : {QStringList{"generate", "--dance", "--json", "x"}, QStringList{"dance", "--json"}, QStringList{"audit", "--json"}, QStringList{"trace", "x", "-o", "trace.txt", "--json"}}) {
      const auto ended = cli.run(arguments);
      VERIFY_ENDED(ended, 2);
      QVERIFY2(ended.json()["error"]["message"].is_string(), ended.out.constData());
      QVERIFY(ended.err.startsWith("roundhouse-cli: read argument: "));
    }
    const auto prompt = cli.run({"generate", "a", "b", "--", "--json"});  // a prompt too many, and no option
    VERIFY_ENDED(prompt, 2);
    QVERIFY(prompt.out.isEmpty());
  }
  void withoutMemoryItSaysSo() {
    int pipe[2];
    QCOMPARE(::pipe(pipe), 0);
    cli::Environment environment;
    environment.err = pipe[1];
    environment.inspect = [](const std::string&) -> Result<ModelInfo> { throw std::bad_alloc(); };
    {
      cli::Interrupt interrupt;
      QCOMPARE(cli::run({"inspect", "x.gguf"}, environment, interrupt), int{cli::exit_failed});
    }
    ::close(pipe[1]);
    QFile told;
    QVERIFY(told.open(pipe[0], QIODevice::ReadOnly, QFileDevice::AutoCloseHandle));
    QCOMPARE(told.readAll(), QByteArray("roundhouse-cli: out of memory\n"));
  }
  void argumentsThatAreNoUtf8() {
    const program::Program cli;
    for (const char* line : {"\"$CLI\" generate $'\\xff'", "\"$CLI\" generate --system $'a\\xff' x", "\"$CLI\" tokenize $'\\xc3('", "\"$CLI\" generate --stop $'\\xff' x",
                             "printf '\\xff' | \"$CLI\" generate"}) {
      const auto ended = cli.shell(line);
      VERIFY_ENDED(ended, 2);
      QVERIFY2(ended.err.contains("expected UTF-8"), ended.err.constData());
    }
    // A path may be anything.
    const auto ended = cli.shell("\"$CLI\" inspect $'/no\\xffwhere' --json");
    VERIFY_ENDED(ended, 1);
    QVERIFY(ended.json().contains("error"));
  }
  void missingAndWrongFiles() {
    const program::Program cli;
    for (const QStringList& arguments : {QStringList{"generate", "-m", "/nowhere", "x"}, QStringList{"inspect", "/nowhere"}, QStringList{"generate", "--edits", "/nowhere", "x"},
                                         QStringList{"inspect", "/proc/self/exe"}}) {
      const auto ended = cli.run(arguments);
      VERIFY_ENDED(ended, 1);
      QVERIFY2(ended.err.contains(arguments.contains("-m") ? arguments[2].toUtf8() : arguments.last() == "x" ? arguments[2].toUtf8() : arguments[1].toUtf8()), ended.err.constData());
      QVERIFY(ended.out.isEmpty());
    }
  }
  void whatIsNoFileIsNotWaitedFor() {
    const program::Program cli;
    for (const char* path : {"/dev/zero", "/dev/tty", "/"}) {
      const auto ended = cli.run({"generate", "-m", path, "x"}, {}, 20000);
      QVERIFY2(ended.finished && ended.code == 1, path);
      QVERIFY2(ended.err.contains(path), ended.err.constData());
    }
  }
  // The arguments are right, whatever the file's fault is called.
  void faultsOfFilesAreNoWrongArguments() {
    const program::Program cli;
    VERIFY_ENDED(cli.shell("mkdir \"$DATA/model\" && mkfifo \"$DATA/model/config.json\""), 0);
    const auto ended = cli.run({"generate", "-m", cli.file("model"), "--json", "x"}, {}, 20000);
    VERIFY_ENDED(ended, 1);
    QCOMPARE(ended.json()["error"]["code"].get<std::string>(), std::string("invalid_argument"));
  }
  void closedAndFullStreams() {
    const program::Program cli;
    const auto gone = cli.shell("\"$CLI\" generate -n 300 --temperature 0 'Tell me a long story' | head -c 5; exit ${PIPESTATUS[0]}");
    VERIFY_ENDED(gone, 141);
    QVERIFY2(gone.err.isEmpty(), gone.err.constData());
    const auto closed = cli.shell("\"$CLI\" generate -n 2 Hi >&-");
    VERIFY_ENDED(closed, 1);
    QVERIFY(closed.err.contains("standard output: it is closed"));
    const auto full = cli.shell("\"$CLI\" generate -n 2 Hi >/dev/full");
    VERIFY_ENDED(full, 1);
    QVERIFY(full.err.contains("No space left on device"));
    VERIFY_ENDED(cli.shell("\"$CLI\" generate -n 2 Hi <&- >&- 2>&-"), 1);
    VERIFY_ENDED(cli.shell("\"$CLI\" audit path >/dev/full"), 1);
    // None of our files became a standard stream meanwhile.
    VERIFY_ENDED(cli.run({"audit", "verify"}), 0);
  }
  void signalsEndItAndAreLogged() {
    const program::Program cli;
    const auto interrupted = cli.shell(
        "coproc \"$CLI\" generate -n 1500 --temperature 0 'Tell me a very long story'; pid=$COPROC_PID; read -r -N 5 text <&\"${COPROC[0]}\"; kill -INT $pid; wait $pid");
    VERIFY_ENDED(interrupted, 130);
    const auto terminated = cli.shell(
        "coproc \"$CLI\" generate -n 1500 --temperature 0 'Tell me a very long story'; pid=$COPROC_PID; read -r -N 5 text <&\"${COPROC[0]}\"; kill -TERM $pid; wait $pid");
    VERIFY_ENDED(terminated, 143);
    const auto verified = cli.run({"audit", "verify", "--json"});
    VERIFY_ENDED(verified, 0);
    QCOMPARE(verified.json()["unfinished"].size(), std::size_t{0});  // both answers have their end in the log
  }
  void unusableDataFolder() {
    const program::Program cli;
    const auto ended = cli.shell("ROUNDHOUSE_DATA=/proc/nowhere \"$CLI\" generate -n 2 Hi");
    VERIFY_ENDED(ended, 1);
    QVERIFY(ended.err.contains("/proc/nowhere") && ended.out.isEmpty());
    const auto damaged = cli.shell("echo garbage > \"$DATA/audit.db\"; \"$CLI\" generate -n 2 Hi");
    VERIFY_ENDED(damaged, 1);
    QVERIFY(damaged.err.contains("audit.db") && damaged.out.isEmpty());
  }
};

QTEST_GUILESS_MAIN(TestRun)
#include "test_run.moc"
