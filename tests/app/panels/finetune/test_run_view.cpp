// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of app/panels/finetune: evaluation_view result_view job_text
#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QtTest>

#include <numeric>

#include "app/panels/finetune/evaluation_view.h"
#include "app/panels/finetune/job_text.h"
#include "app/panels/finetune/jobs_model.h"
#include "app/panels/finetune/result_view.h"
#include "app/panels/finetune/run_pictures.h"
#include "app/panels/finetune/run_view.h"
#include "tests/app/panels/finetune/run_fixture.h"
#include "widgets/controls/error_bar.h"
#include "widgets/heatmap/heatmap_view.h"
#include "widgets/markdown/split_compare.h"
#include "widgets/plots/curve_stack.h"
#include "widgets/plots/metric_view.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestRunView : public QObject {
  Q_OBJECT

 private:
  const JobRun half_ = runOf(scriptedEvents(72, 36));
  const JobRun whole_ = runOf(scriptedEvents(72, 72, 10, 6, 8, true));

  static void show(RunView& view, const JobInfo& job, const JobRun& run, const char* tab) {
    view.resize(1000, 700);
    view.show();
    view.setActive(true);
    view.setRun(job, run);
    view.showTab(QString::fromLatin1(tab));
    QTRY_VERIFY(view.settled());
  }

 private Q_SLOTS:
  void curvesFollowTheEvents() {
    RunView view;
    show(view, jobOf("a", JobState::running, half_), half_, "finetuneTabCurves");
    QCOMPARE(view.curves()->count(), int(kRunCurves));
    const auto& loss = view.curves()->plot(kLossCurve)->series();
    QCOMPARE(loss.size(), 2u);
    QCOMPARE(loss[0].x.size(), 36u);
    QCOMPARE(loss[1].x.size(), 4u);  // before the first step, after 10, 20, 30
    QCOMPARE(loss[1].x.front(), 0.0);
    QVERIFY(view.curves()->describeAt(20).contains("Step 20"));
    QVERIFY(view.findChild<QLabel*>("finetuneFigures")->text().contains("36 of 72"));
    QVERIFY(view.findChild<QLabel*>("finetuneLeft")->text().contains("left"));
    view.setRun(jobOf("a", JobState::finished, whole_), whole_);
    QTRY_COMPARE(view.curves()->plot(kSpeedCurve)->series().front().x.size(), 72u);
    QVERIFY(view.findChild<QLabel*>("finetuneLeft")->text().isEmpty());
  }

  void hiddenItOnlyRemembers() {
    RunView view;
    view.setRun(jobOf("a", JobState::running, half_), half_);
    QTest::qWait(400);
    QVERIFY(view.curves()->plot(0)->series().empty());
    view.show();
    view.setActive(true);
    QTRY_COMPARE(view.curves()->plot(0)->series().size(), 2u);
    view.setActive(false);
    view.setRun(jobOf("a", JobState::finished, whole_), whole_);
    QTest::qWait(400);
    QCOMPARE(view.curves()->plot(0)->series().front().x.size(), 36u);
  }

  void loadIsAShareOfEachLayer() {
    for (const RunMeasure measure : {RunMeasure::Newest, RunMeasure::Whole}) {
      const auto picture = runPicture(half_, measure, {});
      QVERIFY(picture && picture->consistent());
      QCOMPARE(picture->rows, 6);
      QCOMPARE(picture->columns, 8);
      for (int row = 0; row < picture->rows; ++row) {
        float sum = 0;
        for (int column = 0; column < picture->columns; ++column) sum += picture->value(row, column);
        QVERIFY(std::abs(sum - 1) < 1e-5);
      }
    }
    const auto change = runPicture(half_, RunMeasure::Change, {});
    QVERIFY(change);
    for (int row = 0; row < change->rows; ++row) {
      float sum = 0;
      for (int column = 0; column < change->columns; ++column) sum += change->value(row, column);
      QVERIFY(std::abs(sum) < 1e-5);
    }
    const auto drift = runPicture(half_, RunMeasure::Drift, {"1", "2", "3", "4", "5", "6"});
    QVERIFY(drift && drift->consistent());
    QCOMPARE(drift->columns, 4);
    QCOMPARE(drift->value(2, 0), 0.0f);
    QCOMPARE(drift->rowLabel(0), QStringLiteral("1"));
    QVERIFY(!runPicture(JobRun(), RunMeasure::Whole, {}));
    QVERIFY(!runPicture(JobRun(), RunMeasure::Drift, {}));
  }

  void balanceIsCounted() {
    const auto table = runBalance(half_, RunMeasure::Whole, {});
    QVERIFY(table.consistent());
    QCOMPARE(table.rowLabels.size(), 6);
    const RoutingCounts sum = half_.routingSum();
    for (int layer = 0; layer < 6; ++layer) {
      double most = 0, all = 0;
      for (int expert = 0; expert < 8; ++expert) all += double(sum.at(layer, expert)), most = std::max(most, double(sum.at(layer, expert)));
      QVERIFY(std::abs(table.value(layer, 0) - (most / (all / 8) - 1)) < 1e-9);
      QCOMPARE(table.value(layer, 1), 1.0);  // the last one never gets a token
      QVERIFY(table.value(layer, 2) > 0);
    }
  }

  void theRoutingTabSwitches() {
    RunView view;
    show(view, jobOf("a", JobState::running, half_), half_, "finetuneTabRouting");
    QCOMPARE(view.map()->snapshot()->columns, 8);
    QVERIFY(view.findChild<QLabel*>("finetuneDead")->accessibleName().startsWith("6 experts"));
    auto* measure = view.findChild<QComboBox*>("finetuneMeasure");
    measure->setCurrentIndex(measure->findData(int(RunMeasure::Change)));
    QCOMPARE(view.map()->mode(), widgets::HeatmapMode::Difference);
    measure->setCurrentIndex(measure->findData(int(RunMeasure::Drift)));
    QCOMPARE(view.map()->snapshot()->columns, 4);
    QCOMPARE(view.map()->mode(), widgets::HeatmapMode::Magnitude);
  }

  void evaluationsAreFollowedUntilOneIsChosen() {
    EvaluationView view;
    view.setEvaluations(half_.evaluations());
    QCOMPARE(view.shownStep(), 30);
    view.setEvaluations(whole_.evaluations());
    QCOMPARE(view.shownStep(), 70);
    view.choose(10);
    QCOMPARE(view.shownStep(), 10);
    view.setEvaluations(half_.evaluations());
    QCOMPARE(view.shownStep(), 10);
    auto* samples = view.findChild<QTableView*>("finetuneSamples")->model();
    QCOMPARE(samples->rowCount(), 2);
    QCOMPARE(samples->index(0, 1).data().toString(), QStringLiteral("17"));
    auto* answers = view.findChild<widgets::SplitCompare*>("finetuneAnswers");
    QVERIFY(!answers->difference().equal);  // to the first evaluation
    view.choose(0);
    QVERIFY(answers->difference().equal);
    view.setEvaluations({});
    QCOMPARE(view.shownStep(), -1);
  }

  void theResultIsToldWithItsParity() {
    RunView view;
    QSignalSpy actions(&view, &RunView::actionRequested);
    show(view, jobOf("a", JobState::finished, whole_), whole_, "finetuneTabResult");
    auto* parity = view.findChild<QTableView*>("finetuneParity")->model();
    QCOMPARE(parity->rowCount(), 1);
    QVERIFY(parity->index(0, 4).data().toString().contains("passed"));
    auto* predicted = view.findChild<QTableView*>("finetunePredicted")->model();
    QVERIFY(predicted->index(0, 2).data().toString().contains("1.1"));
    QVERIFY(predicted->index(1, 3).data().toString().contains("%"));
    auto* chat = view.findChild<QPushButton*>("finetuneChat");
    QVERIFY(chat->isEnabled());
    chat->click();
    QCOMPARE(actions.size(), 1);
    view.setRun(jobOf("a", JobState::running, half_), half_);
    QTRY_VERIFY(!chat->isEnabled());
  }

  void whatCanBeDoneDependsOnTheState() {
    RunView view;
    view.show();
    const auto visible = [&](const char* name) { return !view.findChild<QPushButton*>(name)->isHidden(); };
    view.setRun(jobOf("a", JobState::running, half_), half_);
    QVERIFY(visible("finetunePause") && !visible("finetuneResume") && visible("finetuneCancel"));
    JobInfo ending = jobOf("a", JobState::running, half_);
    ending.ending = true;
    view.setRun(ending, half_);
    QVERIFY(!view.findChild<QPushButton*>("finetunePause")->isEnabled());
    view.setRun(jobOf("a", JobState::paused, half_), half_);
    QVERIFY(!visible("finetunePause") && visible("finetuneResume") && visible("finetuneCancel"));
    view.setRun(jobOf("a", JobState::finished, whole_), whole_);
    QVERIFY(!visible("finetunePause") && !visible("finetuneResume") && !visible("finetuneCancel"));
    QVERIFY(view.findChild<widgets::ErrorBar*>("finetuneRunError")->isHidden());
  }

  void failuresAreToldPlainly() {
    RunView view;
    view.show();
    auto* bar = view.findChild<widgets::ErrorBar*>("finetuneRunError");
    JobInfo job = jobOf("a", JobState::failed, half_);
    job.error = Error{ErrorCode::io, "write checkpoint", "/runs/a/checkpoint", "room for 80 MB", "no space left on device"};
    view.setRun(job, half_);
    QVERIFY(!bar->isHidden());
    QVERIFY(bar->copyText().contains("no space left"));
    job = jobOf("a", JobState::interrupted, half_);
    view.setRun(job, half_);
    QVERIFY(bar->copyText().contains("step 25"));
    bar->dismiss();
    view.setRun(job, half_);
    QVERIFY(bar->isHidden());  // what was put away stays away
    view.setRun(jobOf("a", JobState::running, half_), half_);
    QVERIFY(bar->isHidden());
  }

  void theLogIsInOrder() {
    RunView view;
    show(view, jobOf("a", JobState::finished, whole_), whole_, "finetuneTabLog");
    auto* log = view.findChild<QTableView*>("finetuneLog")->model();
    QVERIFY(log->rowCount() >= 12);
    QCOMPARE(log->index(0, 1).data().toString(), QStringLiteral("Started"));
    QCOMPARE(log->index(log->rowCount() - 1, 1).data().toString(), QStringLiteral("Finished"));
  }

  void thetimeLeftIsByTheNewestSteps() {
    const auto left = secondsLeft(jobOf("a", JobState::running, half_), half_);
    QVERIFY(left);
    QCOMPARE(*left, 72.0);  // 36 steps of 2 s
    QVERIFY(!secondsLeft(jobOf("a", JobState::paused, half_), half_));
    QVERIFY(!secondsLeft(jobOf("a", JobState::running, JobRun()), JobRun()));
  }

  void theListIsAModel() {
    JobsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QList<JobInfo> jobs;
    for (int i = 0; i < 7; ++i) jobs.append(jobOf(QString::number(i), JobState(i), half_));
    model.setJobs(jobs);
    QPersistentModelIndex third(model.index(3));
    std::reverse(jobs.begin(), jobs.end());
    model.setJobs(jobs);
    QCOMPARE(third.row(), 3);
    jobs.removeAt(1);
    jobs.prepend(jobOf("new", JobState::queued, JobRun()));
    model.setJobs(jobs);
    QCOMPARE(third.data(JobsModel::IdRole).toString(), QStringLiteral("3"));
    QCOMPARE(model.rowCount(), 7);
    for (int row = 0; row < model.rowCount(); ++row) {
      QCOMPARE(model.index(row).data(JobsModel::IdRole).toString(), jobs[row].id);
      QVERIFY(!model.index(row).data(Qt::AccessibleTextRole).toString().isEmpty());
    }
    QCOMPARE(model.rowOf("new"), 0);
    QVERIFY(jobLine(jobs[1]).size() > 3);
    model.setJobs({});
    QCOMPARE(model.rowCount(), 0);
  }
};

QTEST_MAIN(TestRunView)
#include "test_run_view.moc"
