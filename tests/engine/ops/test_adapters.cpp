// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "engine/cpu/create_backend.h"
#include "engine/ops/tape.h"
#include "engine/quant/dequantize.h"
#include "tests/engine/cpu/ops_fixture.h"
#include "tests/engine/fixtures/tiny_model.h"

using namespace roundhouse;
using namespace roundhouse::test;

namespace {

constexpr int adapters = 3, rank = 2;

// Adapters beside every weight of the tiny model's layers, and the same adapters merged into it.
struct Adapted {
  std::vector<std::unique_ptr<OwnedWeight>> own;

  AdapterWeights beside(Random& random, WeightRef weight) {
    AdapterWeights w;
    w.a = add(random, adapters * weight->experts, rank, weight->cols, 0.3f);
    w.b = add(random, adapters * weight->experts, weight->rows, rank, 0.2f);
    return w;
  }
  void everywhere(Weights& weights) {
    Random random(9);
    for (LayerWeights& layer : weights.layers) {
      for (LinearWeights* w : {&layer.q, &layer.k, &layer.v, &layer.output}) w->adapters = beside(random, w->weight);
      FfnWeights& ffn = layer.moe.router ? layer.moe.experts : layer.dense;
      ffn.gate_adapters = beside(random, ffn.gate);
      ffn.up_adapters = beside(random, ffn.up);
      ffn.down_adapters = beside(random, ffn.down);
    }
  }
  // W + B A of one adapter, for each expert.
  WeightRef merged(WeightRef weight, const AdapterWeights& w, int adapter) {
    Random random(1);
    own.push_back(std::make_unique<OwnedWeight>(random, weight->experts, weight->rows, weight->cols, 1.0f));
    OwnedWeight& out = *own.back();
    const auto at = [](WeightRef from, std::int64_t e, std::int64_t r, std::int64_t c) {
      return reinterpret_cast<const float*>(from->data)[(e * from->rows + r) * from->cols + c];
    };
    for (std::int64_t e = 0; e < weight->experts; ++e) {
      const std::int64_t s = adapter * weight->experts + e;
      for (std::int64_t r = 0; r < weight->rows; ++r) {
        for (std::int64_t c = 0; c < weight->cols; ++c) {
          float sum = at(weight, e, r, c);
          for (int i = 0; i < rank; ++i) sum += at(w.b, s, r, i) * at(w.a, s, i, c);
          out.values[static_cast<std::size_t>((e * weight->rows + r) * weight->cols + c)] = sum;
        }
      }
    }
    out.store();
    out.weight.name = weight->name;
    return out.ref();
  }
  void merge(Weights& weights, int adapter) {
    everywhere(weights);
    for (LayerWeights& layer : weights.layers) {
      for (LinearWeights* w : {&layer.q, &layer.k, &layer.v, &layer.output}) *w = {merged(w->weight, w->adapters, adapter), w->bias};
      FfnWeights& ffn = layer.moe.router ? layer.moe.experts : layer.dense;
      ffn = {merged(ffn.gate, ffn.gate_adapters, adapter), merged(ffn.up, ffn.up_adapters, adapter),
             merged(ffn.down, ffn.down_adapters, adapter)};
    }
  }

 private:
  WeightRef add(Random& random, std::int64_t experts, std::int64_t rows, std::int64_t cols, float sigma) {
    own.push_back(std::make_unique<OwnedWeight>(random, experts, rows, cols, sigma));
    return own.back()->ref();
  }
};

std::unique_ptr<Backend> backend_for(Isa isa, const TextModel& model, const Adapted& adapted) {
  auto backend = create_cpu_backend(isa, 2).value();
  for (const Weight& w : model.weights().all()) {
    if (!backend->prepare(1, w).ok()) qFatal("not prepared");
  }
  for (const auto& w : adapted.own) {
    if (!backend->prepare(1, w->weight).ok()) qFatal("not prepared");
  }
  return backend;
}

// Logits of all rows: [rows][vocabulary].
std::vector<float> logits(Backend& backend, const TextModel& model, OwnedBatch& own, const std::vector<std::int32_t>* adapter) {
  Batch batch = own.batch;
  batch.adapter = adapter ? adapter->data() : nullptr;
  const Tensor y = model.forward(backend, batch, nullptr);
  std::vector<float> values(static_cast<std::size_t>(y.elements()));
  backend.read(y, values.data());
  return values;
}

}  // namespace

class TestAdapters : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // Three sequences, each with its own adapter, and one without: each as if it were alone with merged weights.
  void rowsOfSeveralAdaptersShareABatch() {
    Adapted adapted;
    const auto model = testing::tiny_model(1, 256, [&](Weights& w) { adapted.everywhere(w); });
    const auto plain = testing::tiny_model(1);
    Random random(4);
    const std::vector<int> lengths = {5, 7, 3, 6};
    OwnedBatch together(random, lengths, 96);
    std::vector<std::int32_t> wanted;
    for (int s = 0; s < 4; ++s) wanted.insert(wanted.end(), static_cast<std::size_t>(lengths[static_cast<std::size_t>(s)]), s < adapters ? s : -1);
    for (const Isa isa : available_isas()) {
      const auto backend = backend_for(isa, *model, adapted);
      const std::vector<float> got = logits(*backend, *model, together, &wanted);
      // No row asks: the model itself, bit for bit.
      QCOMPARE(logits(*backend, *model, together, nullptr), logits(*backend_for(isa, *plain, {}), *plain, together, nullptr));
      const std::vector<std::int32_t> nobody(wanted.size(), -1);
      const std::vector<float> base = logits(*backend, *model, together, &nobody);
      const double bound = isa == Isa::reference ? 2e-4 : 2e-2;
      std::size_t row = 0;
      for (int s = 0; s < 4; ++s) {
        std::vector<float> alone = base;
        Adapted own;
        if (s < adapters) {
          const auto merged = testing::tiny_model(1, 256, [&](Weights& w) { own.merge(w, s); });
          alone = logits(*backend_for(isa, *merged, own), *merged, together, nullptr);
        }
        for (int i = 0; i < lengths[static_cast<std::size_t>(s)] * 96; ++i, ++row) {
          QVERIFY2(std::abs(got[row] - alone[row]) < bound, qPrintable(QStringLiteral("%1 %2 %3").arg(s).arg(got[row]).arg(alone[row])));
        }
      }
      double change = 0;
      for (std::size_t i = 0; i < got.size(); ++i) change = std::max(change, std::abs(static_cast<double>(got[i]) - base[i]));
      QVERIFY(change > 0.1);  // they do something
    }
  }
  void gradientsOfAdaptersAreTrue() {
    Adapted adapted;
    const auto model = testing::tiny_model(1, 256, [&](Weights& w) { adapted.everywhere(w); });
    const auto backend = backend_for(Isa::reference, *model, adapted);
    Random random(4);
    OwnedBatch own(random, {6, 5}, 96);
    const std::vector<std::int32_t> wanted = {0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2};
    const std::vector<std::int32_t> targets(own.tokens.rbegin(), own.tokens.rend());
    Batch batch = own.batch;
    batch.adapter = wanted.data();
    // The choice of experts is held fixed: it jumps where the loss is to be smooth.
    constexpr int layers = 2, k = 2, rows = 11;
    std::vector<std::uint16_t> ids(rows * layers * k);
    std::vector<float> weights(ids.size());
    std::vector<TraceRow> trace;
    for (std::size_t r = 0; r < rows; ++r) trace.push_back({&ids[r * layers * k], &weights[r * layers * k], nullptr});
    batch.trace = trace.data();
    batch.trace_k = k;
    model->forward(*backend, batch, nullptr);
    batch.trace = nullptr;
    const std::vector<std::int32_t> replay(ids.begin(), ids.end());
    batch.replay = replay.data();
    batch.replay_k = k;
    batch.routed_layers = layers;
    const auto loss = [&](Ops& ops) { return ops.cross_entropy(model->forward(ops, batch, nullptr), targets.data()); };
    const auto loss_value = [&] {
      const Ops::Mark mark = backend->mark();
      float value = 0;
      backend->read(loss(*backend), &value);
      backend->release(mark);
      return static_cast<double>(value);
    };
    std::vector<std::vector<float>> gradients;
    {
      Tape tape(*backend);
      std::vector<Tensor> watched;
      for (const auto& w : adapted.own) watched.push_back(tape.watch(w->ref()));
      QVERIFY(tape.backward(loss(tape)).ok());
      for (const Tensor& t : watched) gradients.emplace_back(t.f32(), t.f32() + t.elements());
    }
    for (std::size_t w = 0; w < adapted.own.size(); ++w) {
      OwnedWeight& weight = *adapted.own[w];
      const std::size_t stack = weight.values.size() / static_cast<std::size_t>(adapters);
      for (std::size_t i = stack; i < 2 * stack; ++i) QCOMPARE(gradients[w][i], 0.0f);  // nobody asked for adapter 1
      QVERIFY(std::ranges::any_of(gradients[w], [](float g) { return g != 0.0f; }));
      if (w % 3 != 0) continue;
      const std::vector<float> before = weight.values;
      const bool holds = gradient_holds(random, before, gradients[w], [&](const std::vector<float>& moved) {
        weight.values = moved;
        weight.store();
        return loss_value();
      }, 0.005f, 5e-3);
      weight.values = before;
      weight.store();
      QVERIFY2(holds, qPrintable(QString::number(w)));
    }
  }
};

QTEST_APPLESS_MAIN(TestAdapters)
#include "test_adapters.moc"
