// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLabel>
#include <QTableView>
#include <QtTest>

#include "app/panels/finetune/compare_runs.h"
#include "tests/app/panels/finetune/run_fixture.h"
#include "widgets/plots/curve_stack.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestCompareRuns : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void onlyWhatDiffersIsListed() {
    TrainingJob a, b;
    a.name = "one";
    b.name = "two";
    b.output = "/elsewhere";
    QVERIFY(differentSettings({a, b}).isEmpty());
    b.adapter.rank = 32;
    b.optimizer.learning_rate = 1e-4;
    b.adapter.experts = {{3, {1, 2}}};
    const auto rows = differentSettings({a, b});
    QCOMPARE(rows.size(), 3);
    QCOMPARE(rows[0].first(), QStringLiteral("adapter.experts"));
    QCOMPARE(rows[1], QStringList({"adapter.rank", "16", "32"}));
    QVERIFY(differentSettings({a}).isEmpty());
    QVERIFY(differentSettings({}).isEmpty());
  }

  void everySettingHasAKey() {
    const auto settings = jobSettings({});
    QVERIFY(settings.size() > 35);
    QSet<QString> keys;
    for (const auto& [key, value] : settings) keys.insert(key);
    QCOMPARE(keys.size(), settings.size());
    QVERIFY(keys.contains("checkpoint.keep") && keys.contains("model"));
  }

  void curvesLieOverEachOther() {
    CompareRuns view;
    const JobRun whole = runOf(scriptedEvents(72, 72, 10, 6, 8, true)), half = runOf(scriptedEvents(72, 36));
    JobInfo a = jobOf("a", JobState::finished, whole), b = jobOf("b", JobState::paused, half);
    b.job.adapter.rank = 4;
    view.resize(900, 600);
    view.setRuns({{a, whole}, {b, half}});
    for (int plot = 0; plot < view.curves()->count(); ++plot) {
      QCOMPARE(view.curves()->plot(plot)->series().size(), 2u);
      QVERIFY(view.curves()->plot(plot)->series()[0].name != view.curves()->plot(plot)->series()[1].name);
    }
    auto* settings = view.findChild<QTableView*>("finetuneDifferentSettings")->model();
    QCOMPARE(settings->rowCount(), 1);
    QCOMPARE(settings->columnCount(), 3);
    auto* figures = view.findChild<QTableView*>("finetuneFinalFigures")->model();
    QVERIFY(figures->rowCount() >= 8);
    b.job.adapter.rank = a.job.adapter.rank;
    view.setRuns({{a, whole}, {b, half}});
    QVERIFY(!view.findChild<QLabel*>("finetuneSameSettings")->isHidden());
  }
};

QTEST_MAIN(TestCompareRuns)
#include "test_compare_runs.moc"
