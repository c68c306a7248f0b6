// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/interrupt.h"

#include <QTest>

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <system_error>
#include <thread>
#include <vector>

#include "app/cli/exit_codes.h"

using namespace roundhouse::cli;

namespace {

void pause_ms(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

// Exit status of a child in which `body` runs.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool waited(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000 && !condition(); ++i) pause_ms(2);
  return condition();
}

}  // namespace

class TestInterrupt : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void withoutAThreadSignalsEndTheProcess() {
    QCOMPARE(in_child([]() -> int {
      rlimit saved{}, none{};
      ::getrlimit(RLIMIT_AS, &saved);
      none = saved;
      none.rlim_cur = 1 << 20;  // no address space for a thread's stack
      ::setrlimit(RLIMIT_AS, &none);
      // Stacks that are kept for the next threads are taken; these leave all signals to the first thread.
      sigset_t all, before;
      ::sigfillset(&all);
      ::pthread_sigmask(SIG_SETMASK, &all, &before);
      std::vector<std::thread> idle;
      idle.reserve(64);
      try {
        while (idle.size() < idle.capacity()) idle.emplace_back([] { ::pause(); });
        ::_exit(2);
      } catch (const std::system_error&) {
      }
      ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
      Interrupt interrupt;
      ::setrlimit(RLIMIT_AS, &saved);
      std::signal(SIGINT, SIG_DFL);
      ::kill(::getpid(), SIGINT);
      pause_ms(5000);
      ::_exit(1);
    }), -SIGINT);
  }
  void outsideAScopeItEnds() {
    QCOMPARE(in_child([] {
      Interrupt interrupt;
      ::kill(::getpid(), SIGINT);
      pause_ms(5000);
      return 1;
    }), int{exit_interrupted});
    QCOMPARE(in_child([] {
      Interrupt interrupt;
      ::kill(::getpid(), SIGTERM);
      pause_ms(5000);
      return 1;
    }), int{exit_terminated});
  }
  void inAScopeItCancels() {
    QCOMPARE(in_child([] {
      Interrupt interrupt;
      std::atomic<int> calls = 0;
      Interrupt::Scope scope(interrupt, [&] { ++calls; });
      ::kill(::getpid(), SIGINT);
      if (!waited([&] { return interrupt.came() && calls == 1; })) return 1;
      pollfd wake{interrupt.wake_fd(), POLLIN, 0};
      if (::poll(&wake, 1, 1000) != 1 || interrupt.exit_code() != exit_interrupted) return 2;
      interrupt.reset();
      return !interrupt.came() && ::poll(&wake, 1, 0) == 0 ? 0 : 3;
    }), 0);
  }
  void theSecondOneEnds() {
    QCOMPARE(in_child([] {
      Interrupt interrupt;
      Interrupt::Scope scope(interrupt, [] {});
      ::kill(::getpid(), SIGINT);
      if (!waited([&] { return interrupt.came(); })) return 1;
      ::kill(::getpid(), SIGINT);
      pause_ms(5000);
      return 2;
    }), int{exit_interrupted});
  }
  void theSecondOneEndsEvenWhenCancellingHangs() {
    QCOMPARE(in_child([] {
      Interrupt interrupt;
      std::atomic<bool> hangs = false;
      Interrupt::Scope scope(interrupt, [&] {
        hangs = true;
        pause_ms(5000);
      });
      ::kill(::getpid(), SIGINT);
      if (!waited([&] { return hangs.load(); })) return 1;
      ::kill(::getpid(), SIGTERM);
      pause_ms(4000);
      return 2;
    }), int{exit_terminated});
  }
  void aHangUpIsLikeATermination() {
    QCOMPARE(in_child([] {
      Interrupt interrupt;
      ::kill(::getpid(), SIGHUP);
      pause_ms(5000);
      return 1;
    }), int{exit_hung_up});
    QCOMPARE(in_child([] {
      Interrupt interrupt;
      Interrupt::Scope scope(interrupt, [] {});
      ::kill(::getpid(), SIGHUP);
      return waited([&] { return interrupt.came(); }) && interrupt.exit_code() == exit_hung_up ? 0 : 1;
    }), 0);
    // nohup's wish.
    QCOMPARE(in_child([] {
      std::signal(SIGHUP, SIG_IGN);
      Interrupt interrupt;
      Interrupt::Scope scope(interrupt, [] {});
      ::kill(::getpid(), SIGHUP);
      ::kill(::getpid(), SIGINT);
      return waited([&] { return interrupt.came(); }) && interrupt.exit_code() == exit_interrupted ? 0 : 1;
    }), 0);
  }
  void afterAResetTheNextOneCancelsAgain() {
    QCOMPARE(in_child([] {
      Interrupt interrupt;
      std::atomic<int> calls = 0;
      for (int round = 1; round <= 3; ++round) {
        Interrupt::Scope scope(interrupt, [&] { ++calls; });
        ::kill(::getpid(), SIGINT);
        if (!waited([&] { return calls == round; })) return 1;
        interrupt.reset();
      }
      return 0;
    }), 0);
  }
};

QTEST_APPLESS_MAIN(TestInterrupt)
#include "test_interrupt.moc"
