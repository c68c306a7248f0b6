// SPDX-License-Identifier: Apache-2.0
// LoraTraining with bottlenecks.
#include <QtTest>

#include "engine/model/bottleneck_file.h"
#include "engine/train/adamw.h"
#include "engine/train/lora_plan.h"
#include "engine/train/lora_training.h"
#include "tests/engine/fixtures/random_adapter.h"
#include "tests/engine/fixtures/tiny_model.h"
#include "tests/engine/fixtures/training_slopes.h"
#include "tests/engine/io/file_fixture.h"

using namespace roundhouse;
using namespace roundhouse::testing;

namespace {

constexpr std::uint64_t stack_id = 7;

std::vector<std::int32_t> layers_of(const Result<LoraAdapter>& adapter) {
  std::vector<std::int32_t> layers;
  if (!adapter.ok()) return layers;
  for (const BottleneckModule& module : adapter->bottlenecks) layers.push_back(module.layer);
  return layers;
}

}  // namespace

class TestBottleneckTraining : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void gradientsAreTheSlopesOfTheLoss() {
    const auto model = tiny_model();
    const auto backend = training_backend(*model);
    LoraAdapter adapter = random_bottlenecks(3, *model, 4, {0, 2});
    for (BottleneckModule& module : adapter.bottlenecks) module.activation.kind = ActivationKind::gelu;  // without a corner
    auto training = LoraTraining::create(model, *backend, stack_id, adapter);
    QVERIFY(training.ok());
    const TrainingBatch batch = training_batch(*model, 3, {9, 6});
    QCOMPARE(training->parameters().size(), std::size_t{8});
    QCOMPARE(training->parameters()[5].name, std::string("layers.2.bottleneck.down_bias"));
    QVERIFY(training->parameters()[4].decays && !training->parameters()[5].decays && !training->parameters()[7].decays);
    const QString wrong = first_wrong_slope(*training, [&] {
      training->clear_gradients();
      return training->add_gradients(batch).value();
    }, 5e-4f);
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
  }
  // Trained, saved, loaded and run by inference: one result.
  void whatIsTrainedIsWhatIsSaved() {
    const test::Folder folder;
    const auto model = tiny_model();
    LoraPlan plan;
    plan.rank = 6;
    const LoraAdapter fresh = plan_bottlenecks(*model, plan, "fresh").value();
    for (const Isa isa : available_isas()) {
      const auto backend = training_backend(*model, isa);
      auto training = LoraTraining::create(model, *backend, stack_id, fresh);
      const TrainingBatch batch = training_batch(*model, 3, {12, 7}), base = training_batch(*model, 3, {12, 7}, -1);
      QCOMPARE(training->evaluate(batch)->losses, training->evaluate(base)->losses);
      AdamW optimiser({.learning_rate = 2e-2});
      double first = 0, last = 0;
      for (int step = 0; step < 20; ++step) {
        training->clear_gradients();
        last = training->add_gradients(batch).value();
        if (step == 0) first = last;
        optimiser.step(training->parameters());
        QVERIFY(training->updated().ok());
      }
      QVERIFY2(last < 0.7 * first, qPrintable(QString("%1 to %2").arg(first).arg(last)));
      QVERIFY(write_bottlenecks(folder.path("b.safetensors"), training->adapter(), *model).ok());
      auto again = LoraTraining::create(model, *backend, stack_id + 1, read_bottlenecks(folder.path("b.safetensors"), *model).value());
      QCOMPARE(again->evaluate(batch)->losses, training->evaluate(batch)->losses);
    }
  }
  void layersAreChosenByTargetsAndExclusions() {
    const auto model = tiny_model();
    const auto planned = [&](std::vector<std::string> targets, std::vector<std::string> exclude = {}) {
      LoraPlan plan;
      plan.targets = std::move(targets);
      plan.exclude = std::move(exclude);
      plan.rank = 3;
      return layers_of(plan_bottlenecks(*model, plan, "x"));
    };
    QCOMPARE(planned({"all"}), (std::vector<std::int32_t>{0, 1, 2}));
    QCOMPARE(planned({"experts"}), (std::vector<std::int32_t>{1, 2}));
    QCOMPARE(planned({"layers.0*", "layers.2.q"}), (std::vector<std::int32_t>{0, 2}));
    QCOMPARE(planned({"layers.1.bottleneck"}), (std::vector<std::int32_t>{1}));
    QCOMPARE(planned({"all"}, {"layers.1*"}), (std::vector<std::int32_t>{0, 2}));
    QVERIFY(planned({"layers.7*"}).empty() && planned({"all"}, {"layers.7*"}).empty() && planned({"layers.1*"}, {"layers.1*"}).empty());
    LoraPlan plan;
    plan.rank = 0;
    QVERIFY(!plan_bottlenecks(*model, plan, "x").ok());
    plan.rank = 2;
    const auto one = plan_bottlenecks(*model, plan, "x"), same = plan_bottlenecks(*model, plan, "x");
    plan.seed = 1;
    QVERIFY(one->bottlenecks[1].down == same->bottlenecks[1].down && one->bottlenecks[1].down != plan_bottlenecks(*model, plan, "x")->bottlenecks[1].down);
  }
};

QTEST_GUILESS_MAIN(TestBottleneckTraining)
#include "test_bottleneck_training.moc"
