// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "engine/io/sigbus_guard.h"
#include "file_fixture.h"

using namespace roundhouse;
using roundhouse::test::Folder;

namespace {

constexpr std::size_t page = 4096;

// A mapping of `pages` pages whose file is then cut to nothing.
const volatile char* hollow_mapping(const Folder& folder, const char* name, std::size_t pages) {
  const std::string path = folder.write(name, std::string(pages * page, 'a'));
  const int fd = ::open(path.c_str(), O_RDWR);
  void* const address = ::mmap(nullptr, pages * page, PROT_READ, MAP_PRIVATE, fd, 0);
  if (address == MAP_FAILED || ::ftruncate(fd, 0) != 0) qFatal("cannot set up a mapping");
  ::close(fd);
  return static_cast<const volatile char*>(address);
}

// How a child process that runs `work` ends.
template <class Work>
int child_status(Work work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

sigjmp_buf earlier_jump;
std::atomic<int> earlier_calls{0};
void earlier_handler(int, siginfo_t*, void*) {
  ++earlier_calls;
  siglongjmp(earlier_jump, 1);
}

}  // namespace

class TestSigbusGuard : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // Before any guard exists, so that ours finds this handler in place.
  void initTestCase() {
    struct sigaction action {};
    action.sa_sigaction = &earlier_handler;
    action.sa_flags = SA_SIGINFO;
    QCOMPARE(::sigaction(SIGBUS, &action, nullptr), 0);
  }
  void readsZerosAndTells() {
    const Folder folder;
    const volatile char* const bytes = hollow_mapping(folder, "data", 8);
    {
      SigbusGuard guard(const_cast<const char*>(bytes), 8 * page);
      QVERIFY(!guard.poisoned());
      QCOMPARE(bytes[3 * page + 17], '\0');
      QVERIFY(guard.poisoned());
      QCOMPARE(bytes[7 * page], '\0');
      QCOMPARE(bytes[0], '\0');  // before the first fault: a second one
      const SigbusGuard moved = std::move(guard);
      QVERIFY(moved.poisoned());
    }
    ::munmap(const_cast<char*>(bytes), 8 * page);
    QCOMPARE(earlier_calls.load(), 0);
  }
  void poisonsOnlyTheRangeThatFailed() {
    const Folder folder;
    const volatile char* const first = hollow_mapping(folder, "first", 2);
    const volatile char* const second = hollow_mapping(folder, "second", 2);
    const SigbusGuard first_guard(const_cast<const char*>(first), 2 * page);
    const SigbusGuard second_guard(const_cast<const char*>(second), 2 * page);
    QCOMPARE(second[page], '\0');
    QVERIFY(second_guard.poisoned());
    QVERIFY(!first_guard.poisoned());
  }
  void passesOtherFaultsToTheEarlierHandler() {
    const Folder folder;
    const volatile char* const guarded = hollow_mapping(folder, "guarded", 1);
    const volatile char* const other = hollow_mapping(folder, "other", 1);
    const SigbusGuard guard(const_cast<const char*>(guarded), page);
    const int before = earlier_calls.load();
    if (sigsetjmp(earlier_jump, 1) == 0) {
      static_cast<void>(other[0]);
      QFAIL("the access went through");
    }
    QCOMPARE(earlier_calls.load(), before + 1);
    QVERIFY(!guard.poisoned());
    if (sigsetjmp(earlier_jump, 1) == 0) {
      ::raise(SIGBUS);  // sent, not a fault
      QFAIL("the signal was swallowed");
    }
    QCOMPARE(earlier_calls.load(), before + 2);
  }
  void forgetsARangeThatEnded() {
    const Folder folder;
    const volatile char* const bytes = hollow_mapping(folder, "data", 1);
    { const SigbusGuard guard(const_cast<const char*>(bytes), page); }
    const int before = earlier_calls.load();
    if (sigsetjmp(earlier_jump, 1) == 0) static_cast<void>(bytes[0]);
    QCOMPARE(earlier_calls.load(), before + 1);
  }
  void holdsMoreRangesThanAChunkAndManyThreads() {
    const Folder folder;
    std::vector<const volatile char*> mappings;
    std::vector<SigbusGuard> guards;
    for (int i = 0; i < 200; ++i) {
      mappings.push_back(hollow_mapping(folder, std::to_string(i).c_str(), 1));
      guards.emplace_back(const_cast<const char*>(mappings.back()), page);
    }
    std::atomic<int> zeros{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (const volatile char* mapping : mappings) zeros += mapping[5] == '\0';
        for (int i = 0; i < 1000; ++i) const SigbusGuard passing(const_cast<const char*>(mappings[0]) + page * 1000, page);
      });
    }
    for (std::thread& thread : threads) thread.join();
    QCOMPARE(zeros.load(), 800);
    for (const SigbusGuard& guard : guards) QVERIFY(guard.poisoned());
  }
  // A process that had no handler dies of an unrelated SIGBUS as it would without us; run in a fresh program.
  void leavesTheDefaultDispositionItsForce() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    QSKIP("sanitizers install a handler of their own");
#else
    for (const char* const what : {"--fault", "--raise"}) {
      const int status = child_status([&] { ::execl("/proc/self/exe", "test", what, nullptr); });
      QVERIFY(WIFSIGNALED(status));
      QCOMPARE(WTERMSIG(status), SIGBUS);
    }
    QCOMPARE(child_status([] { ::execl("/proc/self/exe", "test", "--ignore", nullptr); }), 0);
#endif
  }
};

int main(int argc, char** argv) {
  const std::string mode = argc == 2 ? argv[1] : "";
  if (mode == "--fault" || mode == "--raise" || mode == "--ignore") {
    if (mode == "--ignore") ::signal(SIGBUS, SIG_IGN);
    const Folder folder;
    const volatile char* const guarded = hollow_mapping(folder, "guarded", 1);
    const volatile char* const other = hollow_mapping(folder, "other", 1);
    const SigbusGuard guard(const_cast<const char*>(guarded), page);
    if (guarded[0] != '\0' || !guard.poisoned()) return 3;
    if (mode == "--fault") return other[0];
    ::raise(SIGBUS);
    return mode == "--ignore" ? 0 : 4;
  }
  TestSigbusGuard test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_sigbus_guard.moc"
