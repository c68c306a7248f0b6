// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/job_end.h"

#include <QtTest>

#include <csignal>

using namespace roundhouse;
using namespace roundhouse::app;

Q_DECLARE_METATYPE(JobState)

namespace {
constexpr int kUnknown = -1, kElsewhere = -2;
int exited(int code) { return code << 8; }
}  // namespace

class TestJobEnd : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void theEventThenTheStatusDecide_data() {
    QTest::addColumn<QString>("event");
    QTest::addColumn<QString>("wanted");
    QTest::addColumn<int>("status");
    QTest::addColumn<JobState>("state");
    QTest::addColumn<bool>("error");
    QTest::addColumn<bool>("begun");
    const QString none, paused = QStringLiteral("paused"), cancelled = QStringLiteral("cancelled"), finished = QStringLiteral("finished"), failed = QStringLiteral("failed");
    QTest::newRow("finished") << finished << none << kUnknown << JobState::finished << false << true;
    QTest::newRow("finished though asked to end") << finished << cancelled << exited(0) << JobState::finished << false << true;
    QTest::newRow("paused") << paused << paused << exited(143) << JobState::paused << false << true;
    QTest::newRow("paused from outside") << paused << none << kUnknown << JobState::paused << false << true;
    QTest::newRow("cancelled") << paused << cancelled << exited(143) << JobState::cancelled << false << true;
    QTest::newRow("failed") << failed << none << exited(1) << JobState::failed << true << true;
    QTest::newRow("paused before its first event") << none << paused << exited(143) << JobState::paused << false << false;
    QTest::newRow("ended before it could listen") << none << paused << SIGTERM << JobState::paused << false << false;
    QTest::newRow("cancelled before it could listen") << none << cancelled << SIGTERM << JobState::cancelled << false << false;
    QTest::newRow("terminated by nobody here") << none << none << SIGTERM << JobState::interrupted << true << true;
    QTest::newRow("killed") << none << none << SIGKILL << JobState::interrupted << true << true;
    QTest::newRow("killed while it paused") << none << paused << SIGKILL << JobState::interrupted << true << true;
    QTest::newRow("killed when cancelled twice") << none << cancelled << SIGKILL << JobState::cancelled << false << true;
    QTest::newRow("crashed") << none << none << SIGSEGV << JobState::interrupted << true << true;
    QTest::newRow("refused") << none << none << exited(1) << JobState::failed << true << false;
    QTest::newRow("ended well without a word") << none << none << exited(0) << JobState::interrupted << true << true;
    QTest::newRow("gave up reading when asked to pause") << none << paused << exited(1) << JobState::paused << false << false;
    QTest::newRow("failed when asked to pause") << none << paused << exited(1) << JobState::failed << true << true;
    QTest::newRow("gone") << none << none << kUnknown << JobState::interrupted << true << true;
    QTest::newRow("gone while it paused") << none << paused << kUnknown << JobState::interrupted << true << true;
    QTest::newRow("waited for by somebody else") << none << none << kElsewhere << JobState::interrupted << true << true;
  }
  void theEventThenTheStatusDecide() {
    QFETCH(QString, event);
    QFETCH(QString, wanted);
    QFETCH(int, status);
    QFETCH(JobState, state);
    QFETCH(bool, error);
    QFETCH(bool, begun);
    EndFacts facts;
    facts.job = QStringLiteral("me");
    facts.event = event;
    facts.begun = begun;
    facts.wanted = wanted;
    facts.words = QStringLiteral("last words");
    if (event == QLatin1String("failed")) facts.error = Error{ErrorCode::io, "write", "x", "", "full"};
    if (status != kUnknown) facts.end = status == kElsewhere ? WorkerEnd{} : WorkerEnd{true, status};
    const JobEnd end = endOf(facts);
    QCOMPARE(end.state, state);
    QCOMPARE(end.error.has_value(), error);
    if (!end.error) return;
    QVERIFY(!end.error->operation.empty() && !end.error->object.empty());
    QCOMPARE(end.error->message().find("last words") != std::string::npos, event.isEmpty());
  }

  void aKillNamesItsSignal() {
    EndFacts facts;
    facts.job = QStringLiteral("me");
    facts.end = WorkerEnd{true, SIGKILL};
    const std::string text = endOf(facts).error->received;
    QVERIFY2(text.find("signal 9") != std::string::npos && text.find("memory") != std::string::npos, text.c_str());
  }

  void statesHaveNames() {
    for (int i = 0; i <= int(JobState::interrupted); ++i) QCOMPARE(jobStateOf(jobStateName(JobState(i))), std::optional(JobState(i)));
    QVERIFY(!jobStateOf(QStringLiteral("asleep")));
  }
};

QTEST_GUILESS_MAIN(TestJobEnd)
#include "test_job_end.moc"
