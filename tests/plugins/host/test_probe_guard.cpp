// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/probe_guard.h"

#include <QTest>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <thread>

using namespace roundhouse::plugins;

namespace {

ProbeLimits limits() {
  ProbeLimits result;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  result.memory_bytes = 0;
#endif
  return result;
}

// Runs `body` in a restricted child; its value becomes the exit status.
int restricted(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!restrict_this_process(limits()).ok()) ::_exit(99);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

bool ended_with(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }
bool killed_by(int status, int signal) { return WIFSIGNALED(status) && WTERMSIG(status) == signal; }

}  // namespace

class TestProbeGuard : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void ordinaryWorkGoesOn() {
    QVERIFY(ended_with(restricted([] { return 5; }), 5));
    // Threads, allocation, local sockets, signals to itself.
    QVERIFY(ended_with(restricted([] {
      int value = 0;
      std::thread([&] { value = 6; }).join();
      ::signal(SIGUSR1, SIG_IGN);
      ::raise(SIGUSR1);
      ::kill(::getpid(), SIGUSR1);
      return ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? value : 1;
    }), 6));
  }
  void signalsToOthersEndIt() {
    QVERIFY(killed_by(restricted([] { return ::kill(::getppid(), SIGTERM); }), SIGSYS));
    QVERIFY(killed_by(restricted([] { return ::kill(-1, SIGTERM); }), SIGSYS));
    QVERIFY(killed_by(restricted([] { return ::kill(0, SIGTERM); }), SIGSYS));
  }
  void askingForAnotherProcessIsOnlyRefused() {
    QVERIFY(ended_with(restricted([] { return ::kill(::getppid(), 0) == -1 && errno == EPERM ? 3 : 4; }), 3));
  }
  void noInternetSockets() {
    QVERIFY(ended_with(restricted([] {
      return ::socket(AF_INET, SOCK_DGRAM, 0) == -1 && ::socket(AF_INET6, SOCK_STREAM, 0) == -1 && errno == EPERM ? 3 : 4;
    }), 3));
  }
  void abortStillAborts() {
    QVERIFY(killed_by(restricted([]() -> int { ::signal(SIGABRT, SIG_DFL); ::abort(); }), SIGABRT));
  }
  void limitsHold() {
    QVERIFY(ended_with(restricted([] {
      rlimit core{}, file{}, time{};
      ::getrlimit(RLIMIT_CORE, &core);
      ::getrlimit(RLIMIT_FSIZE, &file);
      ::getrlimit(RLIMIT_CPU, &time);
      return core.rlim_max == 0 && file.rlim_max == rlim_t(limits().file_bytes) && time.rlim_max == rlim_t(limits().cpu_seconds) ? 3 : 4;
    }), 3));
  }
};

QTEST_APPLESS_MAIN(TestProbeGuard)
#include "test_probe_guard.moc"
