// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/job_checks.h"

#include <QElapsedTimer>

#include "tests/app/jobs/fake_worker.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestJobChecks : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void everyCheckEndsOnce_data() {
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<int>("code");  // -1: a report
    QTest::newRow("a report") << QByteArray("fine") << -1;
    QTest::newRow("an error in words") << QByteArray("refused") << int(ErrorCode::not_found);
    QTest::newRow("neither") << QByteArray("mute") << int(ErrorCode::io);
    QTest::newRow("no job") << QByteArray() << int(ErrorCode::invalid_argument);
  }
  void everyCheckEndsOnce() {
    QFETCH(QByteArray, name);
    QFETCH(int, code);
    JobChecks checks(QCoreApplication::applicationFilePath());
    QList<int> got;
    connect(&checks, &JobChecks::done, this, [&](quint64 number, const Result<QJsonObject>& report) {
      QCOMPARE(number, 7u);
      got.append(report.ok() ? -1 : int(report.error().code));
    });
    TrainingJob job = fake::job(name.constData());
    checks.begin(7, job);
    QTRY_COMPARE(got, QList<int>{code});
    checks.cancel(7);
    QTest::qWait(50);
    QCOMPARE(got.size(), 1);
  }

  void severalAtATimeAndCancelled() {
    JobChecks checks(QCoreApplication::applicationFilePath());
    QHash<quint64, bool> got;
    connect(&checks, &JobChecks::done, this, [&](quint64 number, const Result<QJsonObject>& report) { got.insert(number, report.ok()); });
    checks.begin(1, fake::job("slow"));
    checks.begin(2, fake::job("fine"));
    QTRY_VERIFY(got.contains(2));
    QVERIFY(!got.contains(1));
    checks.cancel(1);
    QVERIFY(got.contains(1) && !got[1] && got[2]);
  }

  void endsWhatRunsWhenItGoes() {
    QElapsedTimer clock;
    clock.start();
    {
      JobChecks checks(QCoreApplication::applicationFilePath());
      checks.begin(1, fake::job("slow"));
      QTest::qWait(50);
    }
    QVERIFY(clock.elapsed() < 20'000);
  }

  void withoutAProgram() {
    JobChecks checks(QStringLiteral("/nowhere/cli"));
    std::optional<Error> got;
    connect(&checks, &JobChecks::done, this, [&](quint64, const Result<QJsonObject>& report) { got = report.error(); });
    checks.begin(1, fake::job("fine"));
    QTRY_VERIFY(got);
    QCOMPARE(got->code, ErrorCode::not_found);
  }

  void readsWhatTheCommandSays() {
    QVERIFY(checkReport("{\"model\":{}}\n", "a warning", 0, "j").ok());
    QCOMPARE(checkReport("{\"error\":{\"code\":\"limit\",\"operation\":\"o\",\"object\":\"p\"}}", "", 1, "j").error().code, ErrorCode::limit);
    QCOMPARE(checkReport("{\"model\":{}}", "", 1, "j").error().code, ErrorCode::io);
    QCOMPARE(checkReport("[]", "", 0, "j").error().code, ErrorCode::malformed);
    QVERIFY(checkReport("", "unknown command 'train'", 2, "j").error().message().find("unknown command") != std::string::npos);
  }
};

int main(int argc, char** argv) { return fake::main<TestJobChecks>(argc, argv); }
#include "test_job_checks.moc"
