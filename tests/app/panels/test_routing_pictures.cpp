// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <QtTest>

#include "app/panels/routing/decision_model.h"
#include "app/panels/routing/routing_pictures.h"
#include "tests/app/panels/trace_fixture.h"

using namespace roundhouse;
using namespace roundhouse::app;
using widgets::CellEdit;

class TestRoutingPictures : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void countingInStepsEqualsCountingAtOnce() {
    const RoutingTrace trace = randomTrace(150, 3, 8, 1);
    LoadCounter steps, whole;
    for (int t = 1; t <= 150; t += 7) steps.count(trace, 0, t);
    steps.count(trace, 0, 150);
    whole.count(trace, 0, 150);
    QCOMPARE(steps.picture(LoadMeasure::Share, {})->values, whole.picture(LoadMeasure::Share, {})->values);
    QCOMPARE(steps.tokens(), 150);
  }
  void sharesOfEachLayerSumToOneAndMatchTheMeasures() {
    const RoutingTrace trace = randomTrace(100, 3, 8, 2);
    LoadCounter counter;
    counter.count(trace, 10, 90);
    const auto picture = counter.picture(LoadMeasure::Share, {});
    QVERIFY(picture->consistent());
    for (int l = 0; l < 3; ++l) {
      const LayerLoad load = layer_load(trace, l, 10, 90);
      float sum = 0;
      for (int e = 0; e < 8; ++e) {
        sum += picture->value(l, e);
        QVERIFY(std::abs(picture->value(l, e) - load.assignments[size_t(e)] / 160.0f) < 1e-6f);
      }
      QVERIFY(std::abs(sum - 1.0f) < 1e-5f);
    }
  }
  void anotherTraceStartsOver() {
    LoadCounter counter, fresh;
    counter.count(randomTrace(100, 3, 8, 3), 0, 100);
    const RoutingTrace other = randomTrace(120, 3, 8, 4);
    counter.count(other, 0, 120);
    fresh.count(other, 0, 120);
    QCOMPARE(counter.picture(LoadMeasure::GateMass, {})->values, fresh.picture(LoadMeasure::GateMass, {})->values);
  }
  void editsAreMarkedAndAnOwnLayerWins() {
    RoutingEdits edits;
    edits.experts = {{2, 1, ExpertAction::force, 0}, {-1, 1, ExpertAction::disable, 0}};
    const auto marks = editMarks(randomTrace(1, 3, 8, 1).layout(), edits);
    QCOMPARE(marks[1], CellEdit::Disabled);
    QCOMPARE(marks[8 + 1], CellEdit::Forced);
    QCOMPARE(marks[16 + 1], CellEdit::Disabled);
    QCOMPARE(marks[0], CellEdit::None);
  }
  void differencesOfOneTraceWithItselfAreZero() {
    const RoutingTrace trace = randomTrace(40, 2, 4, 5);
    const auto picture = differencePicture(trace, trace);
    QVERIFY(std::ranges::all_of(picture->values, [](float v) { return v == 0.0f; }));
    QVERIFY(!differencePicture(trace, randomTrace(40, 3, 4, 5)));
  }
  void modelsHoldTheirPromises() {
    const RoutingTrace trace = randomTrace(40, 3, 8, 6);
    DecisionModel decisions;
    BalanceModel balance;
    ExpertTokensModel tokens;
    QAbstractItemModelTester a(&decisions, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QAbstractItemModelTester b(&balance, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QAbstractItemModelTester c(&tokens, QAbstractItemModelTester::FailureReportingMode::QtTest);
    decisions.show(trace, 5, 6);
    QCOMPARE(decisions.rowCount(), 3);
    const auto ids = trace.ids(5, 1);
    QVERIFY(decisions.index(1, DecisionModel::Experts).data().toString().startsWith(QString::number(ids[0])));
    decisions.show(trace, 5, 20);
    QCOMPARE(decisions.rowCount(), 3);
    decisions.show(trace, -1, -1);
    QCOMPARE(decisions.rowCount(), 0);
    balance.show(trace, 0, 40);
    QCOMPARE(balance.rowCount(), 3);
    QCOMPARE(balance.toCsv().count(QLatin1Char('\n')), 4);
    tokens.show({{QStringLiteral("the"), 3, 1.5}});
    QCOMPARE(tokens.index(0, ExpertTokensModel::Times).data().toString(), QStringLiteral("3"));
  }
  void aBigLivePictureIsQuick() {
    const RoutingTrace trace = randomTrace(640, 48, 128, 7, 8);
    LoadCounter counter;
    std::vector<qint64> times;
    for (int t = 1; t <= 640; ++t) {
      QElapsedTimer clock;
      clock.start();
      counter.count(trace, 0, t);
      QVERIFY(counter.picture(LoadMeasure::Share, {}) != nullptr);
      times.push_back(clock.nsecsElapsed());
    }
    std::sort(times.begin(), times.end());
    // A frame has 16 ms for counting and painting; the median leaves out what the machine did meanwhile.
    QVERIFY2(times[times.size() / 2] < 4'000'000, qPrintable(QString::number(times[times.size() / 2])));
  }
};

QTEST_APPLESS_MAIN(TestRoutingPictures)
#include "test_routing_pictures.moc"
