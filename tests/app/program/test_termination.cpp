// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/program/termination.h"

#include <QTimer>
#include <QtTest>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace roundhouse::app;

class TestTermination : public QObject {
  Q_OBJECT

 private:
  // How a program ends that got `first`, then `then` at once, and `last` when the patience is over; 0: it went on.
  static int endOf(int first, int then, int last) {
    constexpr int kPatienceMs = 5;
    const pid_t child = ::fork();
    if (child == 0) {
      const Termination termination(kPatienceMs);
      QElapsedTimer clock;
      (void)::raise(first);
      clock.start();
      (void)::raise(then);
      while (clock.elapsed() <= kPatienceMs + 1) {}
      (void)::raise(last);
      ::_exit(0);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private Q_SLOTS:
  // As when a terminal closes.
  void aSecondSignalLetsTheFirstBeDone() {
    for (const int second : {SIGHUP, SIGTERM, SIGINT}) {
      const Termination termination;
      QTimer::singleShot(0, this, [&] {
        (void)::raise(SIGTERM);
        (void)::raise(second);
        (void)::raise(second);
      });
      QCOMPARE(QCoreApplication::exec(), 128 + SIGTERM);
    }
  }
  void whoAsksOnceMoreEndsItAtOnce_data() {
    QTest::addColumn<int>("first");
    QTest::addColumn<int>("then");
    QTest::addColumn<int>("last");
    QTest::addColumn<int>("end");
    QTest::newRow("terminated twice") << SIGTERM << SIGHUP << SIGTERM << 128 + SIGTERM;
    QTest::newRow("interrupted twice") << SIGINT << SIGINT << SIGINT << 128 + SIGINT;
    QTest::newRow("hung up once more") << SIGTERM << SIGTERM << SIGHUP << 0;
    QTest::newRow("hung up, then terminated") << SIGHUP << SIGHUP << SIGTERM << 0;
  }
  void whoAsksOnceMoreEndsItAtOnce() {
    QFETCH(const int, first);
    QFETCH(const int, then);
    QFETCH(const int, last);
    QFETCH(const int, end);
    QCOMPARE(endOf(first, then, last), end);
  }
};

QTEST_GUILESS_MAIN(TestTermination)
#include "test_termination.moc"
