// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/probe_report.h"

#include <QTest>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace roundhouse::plugins;

namespace {

// A real wait status, from a real process.
int status_of(void (*body)()) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace

class TestProbeReport : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void lastPhaseCounts() {
    const auto events = read_probe_lines(phase_line(Phase::open) + phase_line(Phase::create));
    QCOMPARE(events.phase, Phase::create);
    QVERIFY(!events.done && !events.failure);
  }
  void failureRoundTrips() {
    const Failure failure{FailureKind::threw, Phase::initialise, "a \"quote\"\nand \\ 圆"};
    const auto events = read_probe_lines(phase_line(Phase::open) + failure_line(failure));
    QVERIFY(events.failure.has_value());
    QCOMPARE(events.failure->kind, failure.kind);
    QCOMPARE(events.failure->phase, failure.phase);
    QCOMPARE(events.failure->detail, std::string("a \"quote\"\\x0aand \\ 圆"));
  }
  void junkBetweenIsPassedOver() {
    const auto events = read_probe_lines("\n{}\n[1]\n{\"phase\":3}\n\xff\xff\n" + phase_line(Phase::start) + "{\"phase\": \"crea");
    QCOMPARE(events.phase, Phase::start);
    QVERIFY(!events.done);
  }
  void verdicts() {
    const auto verdict = [](const std::string& lines, const ProbeEnd& end) { return judge_probe(read_probe_lines(lines), end); };
    const std::string created = phase_line(Phase::create), all = created + done_line();
    const int fine = status_of([] {}), seven = status_of([] { ::_exit(7); }), aborted = status_of([] { ::signal(SIGABRT, SIG_DFL); ::abort(); }),
              killed = status_of([] { ::raise(SIGKILL); });
    QVERIFY(!verdict(all, {false, fine, 5, {}}));
    QCOMPARE(verdict(created, {false, fine, 5, {}})->reason(), std::string("ended the process in its constructor: exit status 0"));
    QCOMPARE(verdict(created, {false, seven, 5, {}})->reason(), std::string("ended the process in its constructor: exit status 7"));
    QCOMPARE(verdict(all, {false, seven, 5, {}})->kind, FailureKind::exited);
    QCOMPARE(verdict(all, {false, seven, 5, {}})->phase, Phase::unload);
    QCOMPARE(verdict(created, {false, aborted, 5, "terminate called"})->reason(),
             std::string("crashed in its constructor: SIGABRT (Aborted); last line on its error stream: terminate called"));
    QCOMPARE(verdict(all, {false, aborted, 5, {}})->phase, Phase::unload);
    // Killed by us because of the time: that is the reason, not the signal.
    QCOMPARE(verdict(created, {true, killed, 2.5, {}})->reason(), std::string("hung in its constructor: no answer within 2.5 s"));
    QCOMPARE(verdict(all, {true, killed, 5, {}})->phase, Phase::unload);
    const Failure failure{FailureKind::abi, Phase::check, "x"};
    QCOMPARE(verdict(created + failure_line(failure), {false, fine, 5, {}})->kind, FailureKind::abi);
  }
};

QTEST_APPLESS_MAIN(TestProbeReport)
#include "test_probe_report.moc"
