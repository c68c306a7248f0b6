// SPDX-License-Identifier: Apache-2.0
#include "engine/model/adapter_stack.h"

#include <QtTest>

#include <set>

#include "engine/cpu/create_backend.h"
#include "tests/engine/cpu/ops_fixture.h"
#include "tests/engine/fixtures/random_adapter.h"
#include "tests/engine/fixtures/tiny_model.h"

using namespace roundhouse;
using namespace roundhouse::test;
using namespace roundhouse::testing;

namespace {

std::vector<float> logits(const TextModel& model, OwnedBatch& own, const AdapterStack* stack, std::int32_t adapter, Isa isa = Isa::reference) {
  const auto backend = create_cpu_backend(isa, 1).value();
  for (const Weight& w : model.weights().all()) {
    if (!backend->prepare(1, w).ok()) qFatal("not prepared");
  }
  if (stack) {
    for (const Weight& w : stack->weights()) {
      if (!backend->prepare(2, w).ok()) qFatal("not prepared");
    }
  }
  const std::vector<std::int32_t> wanted(static_cast<std::size_t>(own.batch.rows), adapter);
  Batch batch = own.batch;
  batch.adapter = adapter < 0 ? nullptr : wanted.data();
  const Tensor y = model.forward(*backend, batch, nullptr, stack ? &stack->layers() : nullptr);
  std::vector<float> values(static_cast<std::size_t>(y.elements()));
  backend->read(y, values.data());
  return values;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = a.size() == b.size() ? 0 : 1e9;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) largest = std::max(largest, std::abs(static_cast<double>(a[i]) - b[i]));
  return largest;
}

}  // namespace

class TestAdapterStack : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // Three adapters of different ranks and modules in one stack: each as if its own model had been merged.
  void eachAdapterIsAsItsMergedModel() {
    const auto model = tiny_model();
    std::vector<LoraAdapter> adapters{random_adapter(1, *model, 2), random_adapter(2, *model, 5), random_adapter(3, *model, 1)};
    adapters[1].modules.erase(adapters[1].modules.begin() + 1);                        // no k
    std::mt19937 random(8);
    adapters[2].modules[5] = random_module(random, *model, {"layers.1.experts.gate"}, 3);  // gate alone: A is shared no more
    const auto stack = AdapterStack::create(*model, adapters);
    QVERIFY(stack.ok());
    QCOMPARE(stack->size(), 3);
    Random batches(4);
    OwnedBatch batch(batches, {9, 6}, model->spec().vocabulary);
    for (const Isa isa : available_isas()) {
      for (std::size_t i = 0; i < adapters.size(); ++i) {
        const auto merged = merge_adapter(model, adapters[i]);
        QVERIFY(merged.ok());
        const auto beside = logits(*model, batch, &*stack, static_cast<std::int32_t>(i), isa);
        const double difference = largest_difference(beside, logits(**merged, batch, nullptr, -1, Isa::reference));
        QVERIFY2(difference < (isa == Isa::reference ? 1e-4 : 2e-2), qPrintable(QString::number(difference)));
        QVERIFY(largest_difference(beside, logits(*model, batch, nullptr, -1)) > 0.05);  // and it does something
      }
    }
    QCOMPARE(logits(*model, batch, &*stack, -1), logits(*model, batch, nullptr, -1));
  }
  // Beside adapters without magnitudes, on weights with a bias and without, on experts too.
  void magnitudesAreAsMerged() {
    const auto biases = std::make_shared<std::vector<float>>(32, 0.7f);
    const auto model = tiny_model(1, 256, [&](Weights& weights) {
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
    QVERIFY(model->weights().layers[0].q.bias);
    const LoraAdapter plain = random_adapter(1, *model, 2);
    const std::vector<LoraAdapter> adapters{plain, with_magnitudes(5, *model, plain), with_magnitudes(6, *model, random_adapter(3, *model, 3), false)};
    const auto stack = AdapterStack::create(*model, adapters);
    QVERIFY(stack->beside("layers.0.q").shift && stack->beside("layers.0.k").scale && !stack->beside("layers.0.k").shift);
    Random batches(4);
    OwnedBatch batch(batches, {9, 6}, model->spec().vocabulary);
    for (std::size_t i = 0; i < adapters.size(); ++i) {
      const auto merged = merge_adapter(model, adapters[i]);
      const auto beside = logits(*model, batch, &*stack, static_cast<std::int32_t>(i));
      const double difference = largest_difference(beside, logits(**merged, batch, nullptr, -1));
      QVERIFY2(difference < 1e-4, qPrintable(QString::number(difference)));
    }
    QVERIFY(largest_difference(logits(*model, batch, &*stack, 0), logits(*model, batch, &*stack, 1)) > 0.05);
    QCOMPARE(logits(*model, batch, &*stack, -1), logits(*model, batch, nullptr, -1));
    const std::vector<float> norms = row_norms(*model->weights().find("layers.0.q"), adapters[1].modules[0], adapters[1].modules[0].targets[0]).value();
    QVERIFY(std::equal(norms.begin(), norms.end(), stack->norms("layers.0.q").begin() + 32));
    QVERIFY(stack->norms("layers.2.q").empty());
  }
  // Bottlenecks of several widths beside low-rank adapters: each as if alone; rows without stay the model's.
  void bottlenecksOfSeveralAdaptersShareAStack() {
    const auto model = tiny_model();
    const std::vector<LoraAdapter> adapters{random_bottlenecks(1, *model, 3, {0, 1}), random_adapter(1, *model, 2), random_bottlenecks(2, *model, 6, {1, 2})};
    const auto stack = AdapterStack::create(*model, adapters);
    QVERIFY(stack.ok());
    Random batches(4);
    OwnedBatch batch(batches, {9, 6}, model->spec().vocabulary);
    for (const Isa isa : available_isas()) {
      const auto plain = logits(*model, batch, nullptr, -1, isa);
      for (std::size_t i = 0; i < adapters.size(); ++i) {
        const auto alone = AdapterStack::create(*model, {&adapters[i], 1});
        const auto together = logits(*model, batch, &*stack, static_cast<std::int32_t>(i), isa);
        QVERIFY(largest_difference(together, logits(*model, batch, &*alone, 0, isa)) < 1e-5);
        QVERIFY(largest_difference(together, plain) > 0.05);
      }
      QCOMPARE(logits(*model, batch, &*stack, -1, isa), plain);
    }
    LoraAdapter nothing = adapters[0];
    for (BottleneckModule& module : nothing.bottlenecks) {
      std::fill(module.up.begin(), module.up.end(), 0.0f);
      std::fill(module.up_bias.begin(), module.up_bias.end(), 0.0f);
    }
    const auto none = AdapterStack::create(*model, {&nothing, 1});
    QCOMPARE(logits(*model, batch, &*none, 0), logits(*model, batch, nullptr, -1));
    LoraAdapter other = adapters[2];
    other.bottlenecks[0].activation.kind = ActivationKind::gelu;
    QVERIFY(!AdapterStack::create(*model, std::vector{adapters[0], other}).ok());
  }
  void weightsOfOneModuleShareTheirA() {
    const auto model = tiny_model();
    const LoraAdapter adapter = random_adapter(1, *model, 2);
    const auto stack = AdapterStack::create(*model, {&adapter, 1});
    QVERIFY(stack.ok());
    const AdapterWeights gate = stack->beside("layers.1.experts.gate"), up = stack->beside("layers.1.experts.up");
    QVERIFY(gate.a && gate.a == up.a && gate.b != up.b);
    QCOMPARE(stack->layers()[1].moe.experts.gate_adapters.b, gate.b);
    QVERIFY(!stack->beside("layers.2.q").a && !stack->layers()[2].q.adapters.a);
    std::set<std::uint32_t> ids;
    for (const Weight& weight : model->weights().all()) ids.insert(weight.id);
    for (const Weight& weight : stack->weights()) QVERIFY(ids.insert(weight.id).second);
  }
  void newNumbersTakeThePlaceOfOldOnes() {
    const auto model = tiny_model();
    const LoraAdapter one = random_adapter(1, *model, 2), other = random_adapter(2, *model, 2);
    auto stack = AdapterStack::create(*model, std::vector{one, one});
    QVERIFY(stack.ok());
    Random batches(4);
    OwnedBatch batch(batches, {7}, model->spec().vocabulary);
    const auto before = logits(*model, batch, &*stack, 0);
    AdapterStack moved = std::move(*stack);
    moved.set(1, other);
    QCOMPARE(logits(*model, batch, &moved, 0), before);
    const auto fresh = AdapterStack::create(*model, {&other, 1});
    QCOMPARE(logits(*model, batch, &moved, 1), logits(*model, batch, &*fresh, 0));
  }
  void whatDoesNotFitIsRefused() {
    const auto model = tiny_model();
    LoraAdapter adapter = random_adapter(1, *model, 2);
    adapter.modules[0].targets[0].weight = "layers.7.q";
    QVERIFY(!AdapterStack::create(*model, {&adapter, 1}).ok());
  }
};

QTEST_GUILESS_MAIN(TestAdapterStack)
#include "test_adapter_stack.moc"
