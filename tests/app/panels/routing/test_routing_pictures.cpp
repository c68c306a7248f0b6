// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <QtTest>

#include "app/panels/routing/decision_model.h"
#include "app/panels/routing/routing_pictures.h"
#include "app/panels/routing/token_pieces.h"
#include "tests/app/panels/routing/trace_fixture.h"

using namespace roundhouse;
using namespace roundhouse::app;
using widgets::CellEdit;

class TestRoutingPictures : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void countingInStepsEqualsCountingAtOnce() {
    const RoutingTrace trace = randomTrace(150, 3, 8, 1);
    LoadCounter steps, whole;
    for (int t = 1; t <= 150; t += 7) steps.count("a", trace, 0, t);
    steps.count("a", trace, 0, 150);
    whole.count("a", trace, 0, 150);
    QCOMPARE(steps.picture(LoadMeasure::Share, {})->values, whole.picture(LoadMeasure::Share, {})->values);
    QCOMPARE(steps.tokens(), 150);
  }
  void sharesOfEachLayerSumToOneAndMatchTheMeasures() {
    const RoutingTrace trace = randomTrace(100, 3, 8, 2);
    LoadCounter counter;
    counter.count("a", trace, 10, 90);
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
    counter.count("a", randomTrace(100, 3, 8, 3), 0, 100);
    const RoutingTrace other = randomTrace(120, 3, 8, 4);
    counter.count("b", other, 0, 120);
    fresh.count("b", other, 0, 120);
    QCOMPARE(counter.picture(LoadMeasure::GateMass, {})->values, fresh.picture(LoadMeasure::GateMass, {})->values);
  }
  // The same question answered anew: the same tokens, other experts.
  void anotherAnswerWithTheSameTokensStartsOver() {
    const RoutingTrace trace = randomTrace(64, 3, 8, 5);
    std::vector<std::shared_ptr<const TraceChunk>> chunks;
    auto moved = std::make_shared<TraceChunk>();
    for (int t = 0; t < 64; ++t) {
      moved->token_ids.push_back(trace.token_id(t));
      for (int l = 0; l < 3; ++l) {
        for (const auto id : trace.ids(t, l)) moved->ids.push_back(static_cast<std::uint16_t>((id + 3) % 8));
        for (const auto weight : trace.weights(t, l)) moved->weights.push_back(weight);
      }
    }
    chunks.push_back(std::move(moved));
    const RoutingTrace other(trace.layout(), 2, false, std::move(chunks), 64, 32, {});
    LoadCounter counter, fresh;
    counter.count("a", trace, 0, 40);
    counter.count("b", other, 0, 64);
    fresh.count("b", other, 0, 64);
    QCOMPARE(counter.picture(LoadMeasure::Share, {})->values, fresh.picture(LoadMeasure::Share, {})->values);
  }
  void editsAreMarkedAndAnOwnLayerWins() {
    RoutingEdits edits;
    edits.experts = {{2, 1, ExpertAction::force, 0}, {-1, 1, ExpertAction::disable, 0}};
    const auto marks = editMarks(randomTrace(1, 3, 8, 1).layout(), edits);
    QCOMPARE(marks[1], CellEdit::Disabled);
    QCOMPARE(marks[8 + 1], CellEdit::Forced);
    QCOMPARE(marks[16 + 1], CellEdit::Disabled);
    QCOMPARE(marks[0], CellEdit::None);
    edits.experts = {{-1, 1, ExpertAction::boost, -9}, {2, 1, ExpertAction::boost, 9}};
    const auto boosts = editMarks(randomTrace(1, 3, 8, 1).layout(), edits);
    QCOMPARE(boosts[1], CellEdit::Damped);
    QCOMPARE(std::ranges::count(boosts, CellEdit::Boosted), 1);
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
    QAbstractItemModelTester tester(&decisions, QAbstractItemModelTester::FailureReportingMode::QtTest);
    decisions.show(trace, 5, 6);
    QCOMPARE(decisions.rowCount(), 3);
    const auto ids = trace.ids(5, 1);
    QVERIFY(decisions.index(1, DecisionModel::Experts).data().toString().startsWith(QString::number(ids[0])));
    decisions.show(trace, 5, 20);
    QCOMPARE(decisions.rowCount(), 3);
    decisions.show(trace, -1, -1);
    QCOMPARE(decisions.rowCount(), 0);
  }
  void theBalanceTableHoldsTheMeasures() {
    const RoutingTrace trace = randomTrace(90, 4, 8, 11);
    const widgets::MetricTable table = balanceTable(trace, 10, 80);
    QVERIFY(table.consistent());
    QCOMPARE(table.rowLabels, (QStringList{"1", "2", "3", "4"}));
    for (int l = 0; l < 4; ++l) {
      const LayerLoad load = layer_load(trace, l, 10, 80);
      const auto busiest = std::ranges::max_element(load.utilisation);
      const std::vector<double> wanted{*busiest, double(busiest - load.utilisation.begin()), double(load.unused_experts), load.entropy,
                                       load.coefficient_of_variation, load.max_violation, load.jain};
      for (int c = 0; c < int(wanted.size()); ++c) QCOMPARE(table.value(l, c), wanted[size_t(c)]);
    }
    QVERIFY(balanceTable(trace, 5, 5).rowLabels.isEmpty());
    QVERIFY(balanceTable({}, 0, 0).consistent());
  }
  void barsOfATokenAreItsExpertsAndTheNext() {
    const RoutingTrace trace = randomTrace(40, 3, 8, 12);
    for (int t = 0; t < 40; t += 7) {
      const TokenDecision decision = token_decision(trace, t, 1, 4);
      const widgets::BarSet set = decisionBars(trace, 1, t, t + 1);
      QCOMPARE(set.bars.size(), decision.selected.size() + decision.runners_up.size());
      for (size_t i = 0; i < set.bars.size(); ++i) {
        const bool chosen = i < decision.selected.size();
        const auto& choice = chosen ? decision.selected[i] : decision.runners_up[i - decision.selected.size()];
        QCOMPARE(set.bars[i].id, choice.expert);
        QCOMPARE(set.bars[i].kind, chosen ? widgets::BarKind::Chosen : widgets::BarKind::RunnerUp);
        QCOMPARE(float(set.bars[i].value), choice.score);
      }
    }
    const widgets::BarSet range = decisionBars(trace, 1, 3, 33);
    QVERIFY(std::ranges::is_sorted(range.bars, std::greater<>(), &widgets::Bar::value));
    QCOMPARE(range.bars.front().value, std::ranges::max(layer_load(trace, 1, 3, 33).gate_mass) / 30);
    QVERIFY(decisionBars(trace, 3, 0, 1).bars.empty());
    QVERIFY(decisionBars(trace, 1, 0, 41).bars.empty());
  }
  void barsOfAnExpertAreItsTokens() {
    AnswerSnapshot answer;
    answer.trace = randomTrace(40, 3, 8, 13);
    auto texts = std::make_shared<std::vector<std::string>>();
    for (int t = 0; t < 40; ++t) texts->push_back(t % 2 ? " w" + std::to_string(answer.trace.token_id(t)) : std::string());
    answer.promptTexts = texts;
    const auto wanted = top_tokens(answer.trace, 2, 5, 0, 40, 6);
    const widgets::BarSet set = expertTokenBars(answer, 2, 5, 0, 40, 6);
    QCOMPARE(set.bars.size(), wanted.size());
    for (size_t i = 0; i < wanted.size(); ++i) {
      QCOMPARE(set.bars[i].id, int(wanted[i].token_id));
      QCOMPARE(set.bars[i].value, wanted[i].gate_mass);
      QVERIFY(set.bars[i].label.contains(QString::number(wanted[i].token_id)));
    }
  }
  // The strip of a growing answer is that of the whole one, and what stood stays.
  void tokenPiecesGrow() {
    AnswerSnapshot answer;
    answer.answer = "a";
    TokenPieces steps;
    widgets::TokenSequencePtr last;
    for (int t = 1; t <= 130; t += 13) {
      answer.trace = randomTrace(t, 3, 8, 14);  // a longer one begins with the same tokens
      last = steps.update(answer);
      QCOMPARE(last->size(), t);
    }
    const auto whole = TokenPieces().update(answer);
    QCOMPARE(whole->size(), last->size());
    for (int t = 0; t < whole->size(); ++t) {
      QCOMPARE(whole->tokens[size_t(t)].heat, last->tokens[size_t(t)].heat);
      QVERIFY(whole->tokens[size_t(t)].heat >= 0 && whole->tokens[size_t(t)].heat <= 1);
      QCOMPARE(whole->tokens[size_t(t)].role, t < answer.promptTokens() ? widgets::TokenRole::Prompt : widgets::TokenRole::Answer);
    }
    answer.answer = "b";
    answer.trace = randomTrace(20, 3, 8, 15);
    QCOMPARE(steps.update(answer)->size(), 20);
  }
  void bytesThatAreNoTextAreSpelledOut() {
    AnswerSnapshot answer;
    answer.promptTexts = std::make_shared<std::vector<std::string>>(std::vector<std::string>{"\xE4", "\xE5\xA5\xBD", " x"});
    QCOMPARE(tokenText(answer, 0), QString("<0xe4>"));
    QCOMPARE(tokenText(answer, 1), QString::fromUtf8("好"));
    QCOMPARE(tokenText(answer, 2), QString(" x"));
    QCOMPARE(tokenText(answer, 3), QString());
  }
  void aBigLivePictureIsQuick() {
    const RoutingTrace trace = randomTrace(640, 48, 128, 7, 8);
    LoadCounter counter;
    std::vector<qint64> times;
    for (int t = 1; t <= 640; ++t) {
      QElapsedTimer clock;
      clock.start();
      counter.count("a", trace, 0, t);
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
