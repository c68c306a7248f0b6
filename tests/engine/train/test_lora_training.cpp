// SPDX-License-Identifier: Apache-2.0
#include "engine/train/lora_training.h"

#include <QtTest>

#include <numeric>

#include "engine/cpu/create_backend.h"
#include "engine/train/adamw.h"
#include "engine/train/lora_plan.h"
#include "tests/engine/fixtures/random_adapter.h"
#include "tests/engine/fixtures/tiny_model.h"

using namespace roundhouse;
using namespace roundhouse::testing;

namespace {

constexpr std::uint64_t stack_id = 7;

std::unique_ptr<Backend> ready(const TextModel& model, Isa isa = Isa::reference) {
  auto backend = create_training_backend(isa, 2).value();
  for (const Weight& w : model.weights().all()) {
    if (!backend->prepare(1, w).ok()) qFatal("not prepared");
  }
  return backend;
}

TrainingBatch batch_of(const TextModel& model, unsigned seed, const std::vector<int>& lengths) {
  std::mt19937 random(seed);
  std::vector<TrainingSample> samples;
  for (const int length : lengths) {
    TrainingSample& sample = samples.emplace_back();
    for (int i = 0; i < length; ++i) sample.tokens.push_back(static_cast<std::int32_t>(random() % static_cast<unsigned>(model.spec().vocabulary)));
  }
  return TrainingBatch::pack(samples, model.spec(), 0).value();
}

std::vector<std::vector<float>> gradients(LoraTraining& training) {
  std::vector<std::vector<float>> all;
  for (const Parameter& p : training.parameters()) all.emplace_back(p.gradient.begin(), p.gradient.end());
  return all;
}

double largest_difference(const std::vector<std::vector<float>>& a, const std::vector<std::vector<float>>& b) {
  double largest = 0;
  for (std::size_t p = 0; p < a.size(); ++p) {
    for (std::size_t i = 0; i < a[p].size(); ++i) largest = std::max(largest, std::abs(static_cast<double>(a[p][i]) - b[p][i]));
  }
  return largest;
}

}  // namespace

class TestLoraTraining : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // Two-sided differences of the loss at every parameter array, through routed experts, attention and norms.
  void gradientsAreTheSlopesOfTheLoss() {
    const auto model = tiny_model();
    const auto backend = ready(*model);
    auto training = LoraTraining::create(model, *backend, stack_id, random_adapter(1, *model, 2));
    QVERIFY(training.ok());
    const TrainingBatch batch = batch_of(*model, 3, {9, 6});
    QVERIFY(training->add_gradients(batch).ok());
    const auto slopes = gradients(*training);
    std::mt19937 random(4);
    auto parameters = training->parameters();
    QCOMPARE(parameters.size(), std::size_t{15});
    for (std::size_t p = 0; p < parameters.size(); ++p) {
      // The place with the largest slope: differences of float32 losses are exact there.
      const auto steepest = static_cast<std::size_t>(std::max_element(slopes[p].begin(), slopes[p].end(), [](float a, float b) { return std::abs(a) < std::abs(b); }) - slopes[p].begin());
      float& value = parameters[p].value[steepest];
      const float before = value;
      constexpr float step = 2e-3f;
      double loss[2];
      for (const int side : {0, 1}) {
        value = before + (side ? step : -step);
        QVERIFY(training->updated().ok());
        loss[side] = training->add_gradients(batch, 0.0).value();
      }
      value = before;
      const double measured = (loss[1] - loss[0]) / (2 * step), slope = slopes[p][steepest];
      QVERIFY2(std::abs(slope) > 1e-4 && std::abs(measured - slope) < 3e-2 * std::abs(slope) + 5e-4,
               qPrintable(QString("%1: %2 against %3").arg(QString::fromStdString(parameters[p].name)).arg(slope).arg(measured)));
    }
  }
  // Packed together or batch by batch, weighed by tokens: the same gradient; samples do not see each other.
  void packingAndAccumulationGiveTheSame() {
    const auto model = tiny_model();
    const auto backend = ready(*model);
    auto training = LoraTraining::create(model, *backend, stack_id, random_adapter(1, *model, 2));
    const std::vector<TrainingSample> samples{{{1, 2, 3, 4, 5, 6, 7}, {}}, {{9, 8, 7}, {}}, {{20, 30, 40, 50, 60}, {false, false, true, true, false}}};
    const TrainingBatch together = TrainingBatch::pack(samples, model->spec(), 0).value();
    const double loss = training->add_gradients(together).value();
    const auto whole = gradients(*training);
    training->clear_gradients();
    QCOMPARE(gradient_norm(training->parameters()), 0.0);
    double sum = 0;
    for (const TrainingSample& sample : samples) {
      const TrainingBatch alone = TrainingBatch::pack({&sample, 1}, model->spec(), 0).value();
      const double share = static_cast<double>(alone.learned_tokens()) / static_cast<double>(together.learned_tokens());
      sum += share * training->add_gradients(alone, share).value();
    }
    QVERIFY(std::abs(sum - loss) < 1e-5);
    QVERIFY(largest_difference(gradients(*training), whole) < 1e-5);
  }
  // All layers' activations kept, those of some, of none: the same bits, in more or less memory.
  void whatIsKeptDoesNotChangeABit() {
    const auto model = tiny_model();
    const TrainingBatch batch = batch_of(*model, 3, {9, 40, 16});
    for (const Isa isa : available_isas()) {
      double loss = 0;
      std::vector<std::vector<float>> expected;
      std::vector<std::uint64_t> bytes;
      for (const std::uint64_t room : {std::uint64_t{1} << 30, std::uint64_t{200'000}, std::uint64_t{0}}) {
        const auto backend = ready(*model, isa);
        auto training = LoraTraining::create(model, *backend, stack_id, random_adapter(1, *model, 2), {.activation_bytes = room});
        for (const int pass : {1, 2}) {
          const double value = training->add_gradients(batch).value();
          if (expected.empty()) {
            loss = value;
            expected = gradients(*training);
          }
          QCOMPARE(value, loss);
          if (pass == 1) QVERIFY(gradients(*training) == expected);
        }
        QCOMPARE(backend->workspace_used_bytes(), std::uint64_t{0});
        bytes.push_back(backend->workspace_bytes());
      }
      QVERIFY2(bytes[0] > bytes[2], qPrintable(QString("%1 %2").arg(bytes[0]).arg(bytes[2])));
    }
  }
  // B = 0 is the base model, and only B has a gradient there.
  void aFreshAdapterChangesNothing() {
    const auto model = tiny_model();
    const auto backend = ready(*model);
    LoraAdapter fresh = random_adapter(1, *model, 2), none;
    for (LoraModule& module : fresh.modules) {
      for (auto& target : module.targets) std::fill(target.b.begin(), target.b.end(), 0.0f);
    }
    const TrainingBatch batch = batch_of(*model, 3, {8});
    auto training = LoraTraining::create(model, *backend, stack_id, fresh);
    const double loss = training->add_gradients(batch).value();
    for (const Parameter& p : training->parameters()) {
      const bool any = std::any_of(p.gradient.begin(), p.gradient.end(), [](float g) { return g != 0.0f; });
      QCOMPARE(any, p.name.ends_with(".B"));
    }
    fresh.modules.resize(1);
    auto less = LoraTraining::create(model, *backend, stack_id + 1, fresh);
    QCOMPARE(less->add_gradients(batch).value(), loss);
  }
  void evaluationIsTheLossOfEachToken() {
    const auto model = tiny_model();
    const auto backend = ready(*model);
    auto training = LoraTraining::create(model, *backend, stack_id, random_adapter(1, *model, 2));
    const TrainingBatch batch = batch_of(*model, 3, {9, 6});
    const auto evaluated = training->evaluate(batch);
    QCOMPARE(evaluated->losses.size(), std::size_t{13});
    const double mean = std::accumulate(evaluated->losses.begin(), evaluated->losses.end(), 0.0) / 13;
    QVERIFY(std::abs(mean - training->add_gradients(batch).value()) < 1e-6);
    QCOMPARE(evaluated->k, model->spec().routing_layout().max_top_k());
    QCOMPARE(evaluated->experts.size(), 15 * model->spec().routing_layout().layers.size() * static_cast<std::size_t>(evaluated->k));
    // Without the adapter, other numbers and the base's experts.
    std::vector<TrainingSample> samples(1);
    for (int i = 0; i < 9; ++i) samples[0].tokens.push_back(batch.batch().tokens[i]);
    const auto base = training->evaluate(TrainingBatch::pack(samples, model->spec()).value());
    QVERIFY(std::abs(base->losses[0] - evaluated->losses[0]) > 1e-4);
  }
  void onlyChosenExpertsAreParameters() {
    const auto model = tiny_model();
    const auto backend = ready(*model);
    LoraPlan plan;
    plan.targets = {"experts"};
    plan.experts = {{1, {2}}, {2, {0, 3}}};
    const LoraAdapter start = plan_lora(*model, plan, "").value();
    auto training = LoraTraining::create(model, *backend, stack_id, start);
    QCOMPARE(training->parameters().size(), std::size_t{5 * 1 + 5 * 2});  // A and two B, A and B; of one expert and of two
    AdamW optimiser({.learning_rate = 0.1});
    const TrainingBatch batch = batch_of(*model, 3, {30});
    for (int step = 0; step < 2; ++step) {
      QVERIFY(training->add_gradients(batch).ok());
      optimiser.step(training->parameters());
      QVERIFY(training->updated().ok());
    }
    for (std::size_t m = 0; m < start.modules.size(); ++m) {
      const LoraModule& module = training->adapter().modules[m];
      const std::size_t each = module.a.size() / static_cast<std::size_t>(module.experts);
      for (std::size_t e = 0; e < static_cast<std::size_t>(module.experts); ++e) {
        const bool trained = std::binary_search(module.trained_experts.begin(), module.trained_experts.end(), static_cast<std::int32_t>(e));
        const bool changed = !std::equal(module.a.begin() + static_cast<std::ptrdiff_t>(e * each), module.a.begin() + static_cast<std::ptrdiff_t>((e + 1) * each), start.modules[m].a.begin() + static_cast<std::ptrdiff_t>(e * each));
        QCOMPARE(changed, trained);
      }
    }
  }
  void trainingLowersTheLossOnEveryPath() {
    const auto model = tiny_model();
    for (const Isa isa : available_isas()) {
      const auto backend = ready(*model, isa);
      LoraAdapter start = random_adapter(1, *model, 2);
      auto training = LoraTraining::create(model, *backend, stack_id, start);
      const TrainingBatch batch = batch_of(*model, 3, {12, 7});
      AdamW optimiser({.learning_rate = 2e-2});
      double first = 0, last = 0;
      for (int step = 0; step < 12; ++step) {
        training->clear_gradients();
        last = training->add_gradients(batch).value();
        if (step == 0) first = last;
        optimiser.step(training->parameters());
        QVERIFY(training->updated().ok());
      }
      QVERIFY2(last < 0.6 * first, qPrintable(QString("%1 to %2").arg(first).arg(last)));
      QVERIFY(training->adapter().modules[0].a != start.modules[0].a);
    }
  }
  // Gradients of bfloat16 products point where those of float32 do, and training is repeatable.
  void bfloat16TrainsAsWell() {
    const auto model = tiny_model();
    const TrainingBatch batch = batch_of(*model, 3, {12, 7});
    const auto run = [&](ProductPrecision precision) -> Result<std::vector<std::vector<float>>> {
      RH_ASSIGN(const auto backend, create_training_backend(Isa::automatic, 2, {}, precision));
      for (const Weight& w : model->weights().all()) RH_TRY(backend->prepare(1, w));
      RH_ASSIGN(LoraTraining training, LoraTraining::create(model, *backend, stack_id, random_adapter(1, *model, 2)));
      RH_ASSIGN([[maybe_unused]] const double loss, training.add_gradients(batch));
      return gradients(training);
    };
    const auto rounded = run(ProductPrecision::bfloat16), exact = run(ProductPrecision::float32);
    if (!rounded.ok()) QSKIP("no processor with AVX-512 BF16");
    QVERIFY(run(ProductPrecision::bfloat16).value() == *rounded && *rounded != *exact);
    double inner = 0, one = 0, other = 0;
    for (std::size_t p = 0; p < exact->size(); ++p) {
      for (std::size_t i = 0; i < (*exact)[p].size(); ++i) {
        inner += static_cast<double>((*exact)[p][i]) * (*rounded)[p][i];
        one += static_cast<double>((*exact)[p][i]) * (*exact)[p][i];
        other += static_cast<double>((*rounded)[p][i]) * (*rounded)[p][i];
      }
    }
    QVERIFY2(inner > 0.995 * std::sqrt(one * other), qPrintable(QString::number(inner / std::sqrt(one * other))));
  }
  void whatDoesNotFitIsRefused() {
    const auto model = tiny_model();
    const auto backend = ready(*model);
    LoraAdapter adapter = random_adapter(1, *model, 2);
    adapter.modules[0].targets[0].weight = "layers.7.q";
    QVERIFY(!LoraTraining::create(model, *backend, stack_id, adapter).ok());
  }
};

QTEST_GUILESS_MAIN(TestLoraTraining)
#include "test_lora_training.moc"
