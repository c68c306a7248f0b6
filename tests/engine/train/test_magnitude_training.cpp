// SPDX-License-Identifier: Apache-2.0
// LoraTraining with magnitudes (DoRA).
#include <QtTest>

#include "engine/train/adamw.h"
#include "engine/train/lora_plan.h"
#include "engine/model/weight_update.h"
#include "engine/train/lora_training.h"
#include "tests/engine/fixtures/random_adapter.h"
#include "tests/engine/fixtures/tiny_model.h"
#include "tests/engine/fixtures/training_slopes.h"

using namespace roundhouse;
using namespace roundhouse::testing;

namespace {

constexpr std::uint64_t stack_id = 7;

// tiny_model() with a bias at a query and a value.
std::shared_ptr<const TextModel> biased_model() {
  const auto biases = std::make_shared<std::vector<float>>();
  for (int i = 0; i < 32; ++i) biases->push_back(0.3f * std::sin(static_cast<float>(i)));
  return tiny_model(1, 256, [&](Weights& weights) {
    weights.keep(biases);
    for (const auto& [name, rows] : {std::pair<const char*, std::int64_t>("layers.0.q.bias", 32), {"layers.1.v.bias", 16}}) {
      Weight bias;
      bias.name = bias.source_name = name;
      bias.residency = Residency::host;
      bias.cols = rows;
      bias.data = reinterpret_cast<const std::byte*>(biases->data());
      bias.bytes = static_cast<std::uint64_t>(rows) * 4;
      weights.add(bias);
    }
    weights.bind(3);
  });
}

}  // namespace

class TestMagnitudeTraining : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // The divisor counts as a constant: A and B are moved with magnitudes that hold magnitude / length, magnitudes by themselves.
  void gradientsAreTheSlopesWithTheLengthsHeldFixed() {
    const auto model = biased_model();
    const auto backend = training_backend(*model);
    auto training = LoraTraining::create(model, *backend, stack_id, with_magnitudes(9, *model, random_adapter(1, *model, 2)));
    QVERIFY(training.ok());
    const TrainingBatch batch = training_batch(*model, 3, {9, 6});
    QCOMPARE(training->parameters().size(), std::size_t{15 + 8});
    std::vector<std::vector<float>> ratios;
    const auto each_target = [&](auto&& function) {
      std::size_t at = 0;
      std::size_t parameter = 0;
      for (const LoraModule& module : training->adapter().modules) {
        ++parameter;
        for (const LoraModule::Target& target : module.targets) {
          function(row_norms(*model->weights().find(target.weight), module, target).value(), training->parameters()[parameter + 1].value, at++);
          parameter += 2;
        }
      }
    };
    each_target([&](const std::vector<float>& norms, std::span<float> magnitude, std::size_t) {
      std::vector<float>& ratio = ratios.emplace_back();
      for (std::size_t i = 0; i < norms.size(); ++i) ratio.push_back(magnitude[i] / norms[i]);
    });
    QVERIFY(training->add_gradients(batch).ok());
    const auto experts = training->evaluate(batch)->experts;
    std::vector<std::vector<float>> slopes;
    for (const Parameter& p : training->parameters()) slopes.emplace_back(p.gradient.begin(), p.gradient.end());
    for (std::size_t p = 0; p < slopes.size(); ++p) {
      const Parameter parameter = training->parameters()[p];
      const bool length = parameter.name.ends_with(".magnitude");
      QCOMPARE(parameter.decays, !length);
      const auto steepest = static_cast<std::size_t>(
          std::max_element(slopes[p].begin(), slopes[p].end(), [](float a, float b) { return std::abs(a) < std::abs(b); }) - slopes[p].begin());
      float& value = parameter.value[steepest];
      const float before = value;
      float step = 2e-3f;
      double sides[2];
      for (int side = 0; side < 2; ++side) {
        value = before + (side ? step : -step);
        if (!length) {
          each_target([&](const std::vector<float>& norms, std::span<float> magnitude, std::size_t at) {
            for (std::size_t i = 0; i < norms.size(); ++i) magnitude[i] = ratios[at][i] * norms[i];
          });
        }
        QVERIFY(training->updated().ok());
        if (training->evaluate(batch)->experts != experts) {  // beyond where another expert is chosen the loss jumps
          step /= 4;
          side = -1;
          continue;
        }
        sides[side] = training->add_gradients(batch, 0.0).value();
      }
      value = before;
      each_target([&](const std::vector<float>& norms, std::span<float> magnitude, std::size_t at) {
        for (std::size_t i = 0; i < norms.size(); ++i) magnitude[i] = ratios[at][i] * norms[i];
      });
      const double measured = (sides[1] - sides[0]) / (2 * step), slope = slopes[p][steepest];
      QVERIFY2(std::abs(slope) > 1e-4 && std::abs(measured - slope) < 3e-2 * std::abs(slope) + 5e-4,
               qPrintable(QString("%1: %2 against %3").arg(QString::fromStdString(parameter.name)).arg(slope).arg(measured)));
    }
  }
  // A fresh one is the base model, its magnitudes learn at once, and what was trained is what is merged.
  void aFreshAdapterLearnsAndIsMerged() {
    const auto model = biased_model();
    LoraPlan plan;
    plan.rank = 4;
    plan.magnitudes = true;
    plan.experts = {{1, {0, 2, 5}}};
    const LoraAdapter fresh = plan_lora(*model, plan, "fresh").value();
    QVERIFY(has_magnitudes(fresh));
    for (const Isa isa : available_isas()) {
      const auto backend = training_backend(*model, isa);
      auto training = LoraTraining::create(model, *backend, stack_id, fresh);
      const TrainingBatch batch = training_batch(*model, 3, {12, 7}), base = training_batch(*model, 3, {12, 7}, -1);
      const auto with = training->evaluate(batch)->losses, without = training->evaluate(base)->losses;
      for (std::size_t i = 0; i < with.size(); ++i) QVERIFY(std::abs(with[i] - without[i]) < 1e-4f);
      AdamW optimiser({.learning_rate = 1e-2});
      double first = 0, last = 0;
      for (int step = 0; step < 12; ++step) {
        training->clear_gradients();
        last = training->add_gradients(batch).value();
        if (step == 0) first = last;
        for (const Parameter& p : training->parameters()) {
          const bool any = std::any_of(p.gradient.begin(), p.gradient.end(), [](float g) { return g != 0.0f; });
          if (step == 0 && p.name.find(".experts.") == std::string::npos) QCOMPARE(any, p.name.find(".A") == std::string::npos);
        }
        optimiser.step(training->parameters());
        QVERIFY(training->updated().ok());
      }
      QVERIFY2(last < 0.8 * first, qPrintable(QString("%1 to %2").arg(first).arg(last)));
      const auto merged = merge_adapter(model, training->adapter()).value();
      const auto other = training_backend(*merged, isa);
      auto plain = LoraTraining::create(merged, *other, stack_id, LoraAdapter{"none", {}, {}});
      const auto beside = training->evaluate(batch)->losses, inside = plain->evaluate(base)->losses;
      for (std::size_t i = 0; i < beside.size(); ++i) QVERIFY(std::abs(beside[i] - inside[i]) < 1e-3f);
      // Experts that are not trained keep their bytes.
      const auto updates = lora_updates(training->adapter());
      const auto down = std::find_if(updates.begin(), updates.end(), [](const WeightUpdate& u) { return u.weight == "layers.1.experts.down"; });
      for (const std::int64_t e : {0, 1, 2, 3}) QCOMPARE(down->touches(e), e == 0 || e == 2);
    }
  }
};

QTEST_GUILESS_MAIN(TestMagnitudeTraining)
#include "test_magnitude_training.moc"
