// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCheckBox>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QtTest>

#include "app/panels/finetune/check_view.h"
#include "app/panels/finetune/setup_page.h"
#include "roundhouse/training_job.h"
#include "tests/app/panels/finetune/check_fixture.h"
#include "widgets/controls/error_bar.h"

using namespace roundhouse;
using namespace roundhouse::app;

Q_DECLARE_METATYPE(roundhouse::TrainingJob)

class TestSetupPage : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir folder_;
  TrainingJob job_;

  static QPushButton* button(SetupPage& page, const char* name) { return page.findChild<QPushButton*>(name); }
  static CheckReport report(bool clean) {
    CheckReport found = *checkReport(reportJson());
    if (clean) {
      found.train.problems = found.train.dropped = 0;
    }
    return found;
  }

 private Q_SLOTS:
  void initTestCase() {
    qRegisterMetaType<TrainingJob>();
    QFile file(folder_.filePath("train.jsonl"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{}\n");
    job_.name = "who";
    job_.output = folder_.filePath("run").toStdString();
    job_.data.train = {file.fileName().toStdString()};
  }

  void nothingStartsUnchecked() {
    SetupPage page;
    page.setJob(job_);
    QVERIFY(!button(page, "finetuneStart")->isEnabled());
    QSignalSpy checks(&page, &SetupPage::checkRequested), starts(&page, &SetupPage::startRequested);
    page.start();
    QCOMPARE(starts.size(), 0);
    button(page, "finetuneCheckJob")->click();
    QCOMPARE(checks.size(), 1);
    QVERIFY(page.checking());
    QVERIFY(!button(page, "finetuneCheckJob")->isEnabled());
    page.setReport(job_, report(true));
    QVERIFY(button(page, "finetuneStart")->isEnabled());
    button(page, "finetuneStart")->click();
    QCOMPARE(starts.size(), 1);
    QVERIFY(starts.first().first().value<TrainingJob>() == job_);
  }

  void aChangeNeedsAnotherCheck() {
    SetupPage page;
    page.setJob(job_);
    page.check();
    page.setReport(job_, report(true));
    QVERIFY(page.canStart());
    auto* rank = page.findChild<QSpinBox*>("finetune.adapter.rank");
    rank->setValue(rank->value() + 1);
    QVERIFY(!page.canStart());
    QVERIFY(!button(page, "finetuneStart")->isEnabled());
    QVERIFY(page.findChild<QLabel*>("finetuneWhy")->text().contains("changed"));
    rank->setValue(rank->value() - 1);
    QVERIFY(page.canStart());
  }

  // A check that was asked for before a change does not speak for what stands there now.
  void aReportOfAnotherFormDoesNotCount() {
    SetupPage page;
    page.setJob(job_);
    page.check();
    page.findChild<QSpinBox*>("finetune.adapter.rank")->setValue(3);
    page.setReport(job_, report(true));
    QVERIFY(!page.canStart());
  }

  void rowsAreLeftOutOnlyOnTheUsersWord() {
    SetupPage page;
    page.setJob(job_);
    page.check();
    page.setReport(job_, report(false));
    QVERIFY(!page.canStart());
    auto* word = page.findChild<QCheckBox*>("finetuneLeaveOut");
    QVERIFY(!word->isHidden());
    QVERIFY(word->text().contains("8"));
    word->setChecked(true);
    QVERIFY(page.canStart());
    QVERIFY(page.jobToStart().data.problems == TrainingJob::Problems::skip);
    page.check();
    page.setReport(job_, report(false));
    QVERIFY(!page.canStart());  // the word was for the check before
  }

  void aFailedCheckStandsWhereItBelongs() {
    SetupPage page;
    page.setJob(job_);
    page.check();
    page.setFailed({ErrorCode::invalid_argument, "check job", "adapter.rank", "at most 64", "100"});
    QVERIFY(!page.checking());
    QVERIFY(page.form()->rows().error("adapter.rank").contains("64"));
    page.check();
    page.setFailed({ErrorCode::io, "start worker", "/usr/bin/roundhouse-cli", "", "not there"});
    QVERIFY(!page.findChild<widgets::ErrorBar*>("finetuneSetupError")->isHidden());
    QVERIFY(!page.canStart());
  }

  void anInvalidFormIsNotChecked() {
    SetupPage page;
    TrainingJob job = job_;
    job.data.train = {folder_.filePath("gone.jsonl").toStdString()};
    page.setJob(job);
    QSignalSpy checks(&page, &SetupPage::checkRequested);
    page.check();
    QCOMPARE(checks.size(), 0);
    QVERIFY(page.form()->rows().error("data.train").contains("gone.jsonl"));
  }

  void aJobIsSavedAndOpenedAgain() {
    SetupPage page;
    TrainingJob job = job_;
    job.adapter.experts = {{2, {1, 5}}};
    page.setJob(job);
    QSignalSpy saved(&page, &SetupPage::saved);
    const QString path = folder_.filePath("a job.yaml");
    page.saveJob(path);
    QTRY_COMPARE(saved.size(), 1);
    QVERIFY(page.findChild<QLabel*>("finetuneCommand")->text().endsWith("'"));
    SetupPage other;
    other.openJob(path);
    QTRY_VERIFY(other.form()->job() == job);
    other.openJob(folder_.filePath("none.yaml"));
    QTRY_VERIFY(!other.findChild<widgets::ErrorBar*>("finetuneSetupError")->isHidden());
    QVERIFY(other.form()->job() == job);
    QCOMPARE(other.findChild<QPlainTextEdit*>("finetuneJobFile")->toPlainText(), QString::fromStdString(training_job_yaml(job)));
  }

  void commandsAreQuoted() {
    QCOMPARE(trainCommand("job.yaml"), QStringLiteral("roundhouse-cli train job.yaml"));
    QCOMPARE(trainCommand("it's a job.yaml"), QStringLiteral("roundhouse-cli train 'it'\\''s a job.yaml'"));
  }
};

QTEST_MAIN(TestSetupPage)
#include "test_setup_page.moc"
