// SPDX-License-Identifier: Apache-2.0
// LoraTraining with weights that are trained as they are: routers, their losses and biases, whole experts.
#include <QtTest>

#include <numeric>

#include "engine/cpu/create_backend.h"
#include "engine/train/adamw.h"
#include "engine/train/expert_choice.h"
#include "engine/train/lora_training.h"
#include "tests/engine/fixtures/random_adapter.h"
#include "tests/engine/fixtures/tiny_model.h"
#include "tests/engine/fixtures/training_slopes.h"

using namespace roundhouse;
using namespace roundhouse::testing;

namespace {

constexpr std::uint64_t stack_id = 7;

LoraAdapter no_adapter() { return {"none", {}, {}}; }

double objective(LoraTraining& training, const TrainingBatch& batch) {
  training.clear_gradients();
  const double loss = training.add_gradients(batch).value();
  return loss + training.routing().balance_loss + training.routing().z_loss;
}

}  // namespace

class TestWholeTraining : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void routersAndWhatIsBelowLearnFromTheirLosses_data() {
    QTest::addColumn<bool>("trained");
    QTest::addColumn<bool>("perSequence");
    for (const bool trained : {false, true}) {
      for (const bool per_sequence : {false, true}) QTest::addRow("%d %d", trained, per_sequence) << trained << per_sequence;
    }
  }
  void routersAndWhatIsBelowLearnFromTheirLosses() {
    QFETCH(bool, trained);
    QFETCH(bool, perSequence);
    const auto model = tiny_model();
    const auto backend = training_backend(*model);
    LoraTrainingOptions options;
    if (trained) options.whole = whole_routers(*model, true, false).value();
    options.router_losses = {0.3f, perSequence, 0.05f};
    if (perSequence) options.activation_bytes = 0;  // each layer is run again
    auto training = LoraTraining::create(model, *backend, stack_id, random_adapter(1, *model, 2), options);
    QVERIFY(training.ok());
    const TrainingBatch batch = training_batch(*model, 3, {9, 6});
    QCOMPARE(training->parameters().size(), trained ? std::size_t{17} : std::size_t{15});
    const QString wrong = first_wrong_slope(*training, [&] { return objective(*training, batch); });
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
    QVERIFY(training->routing().balance_loss > 0 && training->routing().z_loss > 0);
  }
  void wholeExpertsHaveTheSlopesOfTheLoss() {
    const auto model = tiny_model();
    const auto backend = training_backend(*model);
    LoraTrainingOptions options;
    options.whole = whole_experts(*model, {{1, {0, 3, 4, 6}}, {2, {1, 2, 5}}}).value();
    for (const LoraAdapter& adapter : {no_adapter(), random_adapter(1, *model, 2)}) {
      if (adapter.modules.empty()) options.activation_bytes = 0;
      auto training = LoraTraining::create(model, *backend, stack_id, adapter, options);
      QVERIFY(training.ok());
      const TrainingBatch batch = training_batch(*model, 3, {12, 11});
      QCOMPARE(training->parameters().size(), adapter.modules.empty() ? std::size_t{6} : std::size_t{21});
      const QString wrong = first_wrong_slope(*training, [&] { return objective(*training, batch); });
      QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
    }
  }
  // Copies in place of the model's own are the model, bit for bit; trained ones are the merged model.
  void whatIsTrainedIsWhatIsMerged() {
    const auto model = tiny_model();
    for (const Isa isa : available_isas()) {
      const auto backend = training_backend(*model, isa);
      LoraTrainingOptions options;
      options.whole = whole_experts(*model, {{1, {0, 3, 4}}, {2, {1, 7}}}).value();
      const WeightOverlay routers = whole_routers(*model, true, true).value();
      options.whole.entries.insert(options.whole.entries.end(), routers.entries.begin(), routers.entries.end());
      auto training = LoraTraining::create(model, *backend, stack_id, no_adapter(), options);
      const TrainingBatch batch = training_batch(*model, 3, {12, 11}, 0), base = training_batch(*model, 3, {12, 11}, -1);
      QCOMPARE(training->evaluate(batch)->losses, training->evaluate(base)->losses);
      AdamW optimiser({.learning_rate = 1e-2});
      double first = 0, last = 0;
      for (int step = 0; step < 10; ++step) {
        training->clear_gradients();
        last = training->add_gradients(batch).value();
        if (step == 0) first = last;
        optimiser.step(training->parameters());
        QVERIFY(training->updated().ok());
      }
      QVERIFY2(last < 0.8 * first, qPrintable(QString("%1 to %2").arg(first).arg(last)));
      const auto merged = update_weights(model, overlay_updates(*model, training->whole())).value();
      const auto other = training_backend(*merged, isa);
      auto plain = LoraTraining::create(merged, *other, stack_id, no_adapter());
      QCOMPARE(plain->evaluate(base)->losses, training->evaluate(batch)->losses);
      QCOMPARE(plain->evaluate(base)->experts, training->evaluate(batch)->experts);
      QVERIFY(training->evaluate(base)->losses != training->evaluate(batch)->losses);
    }
  }
  void tokensOfAStepAreCounted() {
    const auto model = tiny_model();
    const auto backend = training_backend(*model);
    auto training = LoraTraining::create(model, *backend, stack_id, random_adapter(1, *model, 2));
    const TrainingBatch one = training_batch(*model, 3, {9, 6}), other = training_batch(*model, 4, {5});
    QVERIFY(training->add_gradients(one, 0.75).ok() && training->add_gradients(other, 0.25).ok());
    const StepRouting& routing = training->routing();
    StepRouting expected(model->spec().routing_layout());
    for (const TrainingBatch* batch : {&one, &other}) {
      const auto evaluated = training->evaluate(*batch);
      expected.add(evaluated->experts, evaluated->weights, evaluated->k);
    }
    QCOMPARE(routing.counts, expected.counts);
    QCOMPARE(routing.mass, expected.mass);
    for (std::size_t layer = 0; layer < 2; ++layer) {
      QCOMPARE(std::accumulate(routing.counts[layer].begin(), routing.counts[layer].end(), std::int64_t{0}), std::int64_t{20 * 2});
      QVERIFY(std::abs(std::accumulate(routing.mass[layer].begin(), routing.mass[layer].end(), 0.0) - 20) < 1e-4);
    }
    training->clear_gradients();
    QCOMPARE(training->routing().counts, StepRouting(model->spec().routing_layout()).counts);
  }
  // The biases follow the loads of the step; the optimiser leaves them, yet they are among the parameters for a checkpoint.
  void selectionBiasesFollowTheLoad() {
    const auto model = tiny_model();
    const auto backend = training_backend(*model);
    LoraTrainingOptions options;
    options.whole = whole_routers(*model, false, true).value();
    options.bias_rate = 0.01;
    auto training = LoraTraining::create(model, *backend, stack_id, random_adapter(1, *model, 2), options);
    const TrainingBatch batch = training_batch(*model, 3, {40, 30});
    AdamW optimiser({.learning_rate = 0.0, .weight_decay = 0.1});
    double first = 0, least = 1e9;
    for (int step = 0; step < 30; ++step) {
      training->clear_gradients();
      QVERIFY(training->add_gradients(batch).ok());
      const auto counts = training->routing().counts;
      const double violation = std::max(max_violation(counts[0]), max_violation(counts[1]));
      if (step == 0) first = violation;
      least = std::min(least, violation);
      const WeightOverlay before = training->whole();
      optimiser.step(training->parameters());
      QCOMPARE(training->whole().entries[0].values, before.entries[0].values);
      training->step_biases();
      std::vector<float> expected = before.entries[1].values;
      balance_biases(counts[1], 0.01, expected);
      QCOMPARE(training->whole().entries[1].values, expected);
      QVERIFY(training->updated().ok());
    }
    QVERIFY2(least < 0.6 * first, qPrintable(QString("%1 to %2").arg(first).arg(least)));
    QCOMPARE(training->parameters().back().name, std::string("layers.2.selection_bias"));
    QCOMPARE(training->parameters().back().rate, 0.0);
  }
  void ofLoraPlusOnlyBIsFaster() {
    const auto model = tiny_model();
    const auto backend = training_backend(*model);
    LoraTrainingOptions options;
    options.b_rate = 16.0;
    options.whole = whole_routers(*model, true, false).value();
    auto training = LoraTraining::create(model, *backend, stack_id, random_adapter(1, *model, 2), options);
    for (const Parameter& p : training->parameters()) QCOMPARE(p.rate, p.name.ends_with(".B") ? 16.0 : 1.0);
  }
  void anOverlayThatDoesNotFitIsRefused() {
    const auto model = tiny_model();
    const auto backend = training_backend(*model);
    LoraTrainingOptions options;
    options.whole.entries.push_back({"layers.1.router", {}, {1, 2, 3}});
    QVERIFY(!LoraTraining::create(model, *backend, stack_id, no_adapter(), options).ok());
  }
};

QTEST_GUILESS_MAIN(TestWholeTraining)
#include "test_whole_training.moc"
