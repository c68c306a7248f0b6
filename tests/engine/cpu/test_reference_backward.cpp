// SPDX-License-Identifier: Apache-2.0
// The backward of every primitive against differences of its forward pass on random inputs. The loss is always the
// inner product of the result with a random tensor, which is then `dy`.
#include <QtTest>

#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "tests/engine/cpu/ops_fixture.h"

using namespace roundhouse;
using namespace roundhouse::test;

class TestReferenceBackward : public QObject {
  Q_OBJECT

  std::unique_ptr<ReferenceBackend> backend_ = std::make_unique<ReferenceBackend>(Context(), std::make_shared<ThreadPool>(2));
  Random random_{1};

  Tensor zeros(std::initializer_list<std::int64_t> shape) {
    const Tensor tensor = backend_->allocate(DType::f32, shape);
    backend_->clear(tensor);
    return tensor;
  }
  // The loss as a function of one input: runs `forward` with its memory given back afterwards.
  std::function<double(const std::vector<float>&)> loss(const std::vector<float>& dy,
                                                        std::function<Tensor(const std::vector<float>&)> forward) {
    return [this, dy, forward](const std::vector<float>& x) {
      const Ops::Mark mark = backend_->mark();
      const std::vector<float> y = get(*backend_, forward(x));
      backend_->release(mark);
      return y.size() == dy.size() ? inner(y, dy) : std::nan("");
    };
  }
  // The same as a function of a weight's values.
  std::function<double(const std::vector<float>&)> weight_loss(OwnedWeight& weight, const std::vector<float>& dy,
                                                               std::function<Tensor()> forward) {
    return [this, &weight, dy, forward](const std::vector<float>& values) {
      const std::vector<float> kept = weight.values;
      weight.values = values;
      weight.store();
      const Ops::Mark mark = backend_->mark();
      const std::vector<float> y = get(*backend_, forward());
      backend_->release(mark);
      weight.values = kept;
      weight.store();
      return inner(y, dy);
    };
  }

 private Q_SLOTS:
  void cleanup() { backend_->release(0); }

  void embedAndOutputRows() {
    OwnedWeight table(random_, 1, 20, 12, 1.0f);
    const OwnedBatch b(random_, {7, 9}, 20);  // 16 tokens of 20: some twice
    const std::vector<float> dy = normal(random_, 16 * 12);
    std::vector<float> start = normal(random_, 20 * 12);
    const Tensor dtable = put(*backend_, start, {1, 20, 12});  // gradients are added
    backend_->embed_backward(put(*backend_, dy, {16, 12}), b.batch, dtable);
    std::vector<float> gradient = get(*backend_, dtable);
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] -= start[i];
    QVERIFY(gradient_holds(random_, table.values, gradient, weight_loss(table, dy, [&] { return backend_->embed(table.ref(), b.batch); })));

    Batch some = b.batch;
    const std::int32_t rows[] = {1, 2, 15};
    some.output_rows = rows;
    some.outputs = 3;
    const std::vector<float> x = normal(random_, 16 * 12), dout = normal(random_, 3 * 12);
    const std::vector<float> dx = get(*backend_, backend_->output_rows_backward(put(*backend_, dout, {3, 12}), some));
    QVERIFY(gradient_holds(random_, x, dx, loss(dout, [&](const auto& v) { return backend_->output_rows(put(*backend_, v, {16, 12}), some); })));
  }

  void linear() {
    for (const std::int32_t rows : {1, 70}) {
      OwnedWeight w(random_, 1, 19, 33, 0.3f), bias(random_, 1, 1, 19, 1.0f);
      const std::vector<float> x = normal(random_, rows * 33), dy = normal(random_, rows * 19);
      const Tensor tx = put(*backend_, x, {rows, 33}), tdy = put(*backend_, dy, {rows, 19});
      const LinearWeights weights{w.ref(), bias.ref()};
      const auto forward = [&] { return backend_->linear(put(*backend_, x, {rows, 33}), weights); };
      const std::vector<float> dx = get(*backend_, backend_->linear_backward_input(tdy, w.ref()));
      QVERIFY(gradient_holds(random_, x, dx, loss(dy, [&](const auto& v) { return backend_->linear(put(*backend_, v, {rows, 33}), weights); })));
      const Tensor dw = zeros({1, 19, 33}), dbias = zeros({1, 1, 19});
      backend_->linear_backward_weight(tdy, tx, dw);
      backend_->bias_backward(tdy, dbias);
      QVERIFY(gradient_holds(random_, w.values, get(*backend_, dw), weight_loss(w, dy, forward)));
      QVERIFY(gradient_holds(random_, bias.values, get(*backend_, dbias), weight_loss(bias, dy, forward)));
      // Added to, not replaced.
      const std::vector<float> once = get(*backend_, dw);
      backend_->linear_backward_weight(tdy, tx, dw);
      for (std::size_t i = 0; i < once.size(); ++i) QVERIFY(std::abs(dw.f32()[i] - 2 * once[i]) <= 1e-4f * (1 + std::abs(once[i])));
    }
  }

  void linearThroughQuantisedBytes() {
    const OwnedWeight w(random_, 1, 9, 64, 0.3f, DType::q4_0);
    const std::vector<float> x = normal(random_, 5 * 64), dy = normal(random_, 5 * 9);
    const std::vector<float> dx = get(*backend_, backend_->linear_backward_input(put(*backend_, dy, {5, 9}), w.ref()));
    QVERIFY(gradient_holds(random_, x, dx, loss(dy, [&](const auto& v) { return backend_->linear(put(*backend_, v, {5, 64}), {w.ref(), nullptr}); })));
  }

  void rmsNorm() {
    for (const bool weighted : {true, false}) {
      OwnedWeight w(random_, 1, 1, 21, 1.0f);
      const WeightRef ref = weighted ? w.ref() : nullptr;
      const std::vector<float> x = normal(random_, 4 * 3 * 21), dy = normal(random_, 4 * 3 * 21);
      const Tensor dw = zeros({1, 1, 21});
      const Tensor tx = put(*backend_, x, {4, 3, 21}), tdy = put(*backend_, dy, {4, 3, 21});
      const std::vector<float> dx = get(*backend_, backend_->rms_norm_backward(tdy, tx, ref, 0.01f, weighted ? &dw : nullptr));
      QVERIFY(gradient_holds(random_, x, dx, loss(dy, [&](const auto& v) { return backend_->rms_norm(put(*backend_, v, {4, 3, 21}), ref, 0.01f); })));
      if (weighted) {
        QVERIFY(gradient_holds(random_, w.values, get(*backend_, dw), weight_loss(w, dy, [&] { return backend_->rms_norm(put(*backend_, x, {4, 3, 21}), ref, 0.01f); })));
        QCOMPARE(get(*backend_, backend_->rms_norm_backward(tdy, tx, ref, 0.01f, nullptr)), dx);
      }
    }
  }

  void rope() {
    const OwnedBatch b(random_, {6}, 10, 30);
    for (const RopeOrder order : {RopeOrder::halves, RopeOrder::pairs}) {
      for (const int pairs : {8, 5}) {  // all of a head, part of it
        RopeSpec spec;
        spec.order = order;
        spec.magnitude = 1.3f;
        for (int i = 0; i < pairs; ++i) spec.inv_freq.push_back(std::pow(100.0f, -static_cast<float>(i) / static_cast<float>(pairs)));
        const std::vector<float> x = normal(random_, 6 * 3 * 16), dy = normal(random_, 6 * 3 * 16);
        const std::vector<float> dx = get(*backend_, backend_->rope_backward(put(*backend_, dy, {6, 3, 16}), spec, b.batch));
        QVERIFY(gradient_holds(random_, x, dx, loss(dy, [&](const auto& v) { return backend_->rope(put(*backend_, v, {6, 3, 16}), spec, b.batch); })));
      }
    }
  }

  void attention() {
    const OwnedBatch b(random_, {6, 1, 11}, 10);
    for (const std::int32_t window : {0, 4}) {
      for (const float cap : {0.0f, 2.0f}) {
        const AttentionSpec spec{.heads = 6, .kv_heads = 2, .key_dim = 10, .value_dim = 7, .scale = 0.4f, .window_tokens = window, .logit_softcap = cap};
        const std::vector<float> q = normal(random_, 18 * 6 * 10), k = normal(random_, 18 * 2 * 10), v = normal(random_, 18 * 2 * 7);
        const std::vector<float> dy = normal(random_, 18 * 6 * 7);
        const auto forward = [&](const std::vector<float>& a, const std::vector<float>& c, const std::vector<float>& d) {
          return backend_->attention(put(*backend_, a, {18, 6, 10}), put(*backend_, c, {18, 2, 10}), put(*backend_, d, {18, 2, 7}), spec, b.batch, 0);
        };
        const auto gradients = backend_->attention_backward(put(*backend_, dy, {18, 6, 7}), put(*backend_, q, {18, 6, 10}),
                                                            put(*backend_, k, {18, 2, 10}), put(*backend_, v, {18, 2, 7}), spec, b.batch);
        QVERIFY(gradient_holds(random_, q, get(*backend_, gradients.dq), loss(dy, [&](const auto& x) { return forward(x, k, v); })));
        QVERIFY(gradient_holds(random_, k, get(*backend_, gradients.dk), loss(dy, [&](const auto& x) { return forward(q, x, v); })));
        QVERIFY(gradient_holds(random_, v, get(*backend_, gradients.dv), loss(dy, [&](const auto& x) { return forward(q, k, x); })));
      }
    }
  }

  void glu() {
    for (const ActivationKind kind : {ActivationKind::silu, ActivationKind::gelu, ActivationKind::gelu_tanh, ActivationKind::relu,
                                      ActivationKind::relu_squared, ActivationKind::swiglu_clamped}) {
      const Activation activation{kind, 1.702f, 1.5f};
      std::vector<float> gate = normal(random_, 60), up = normal(random_, 60);
      // Away from the kinks, where differences and derivative do not agree.
      for (std::size_t i = 0; i < 60; ++i) {
        for (float* x : {&gate[i], &up[i]}) {
          for (const float kink : {0.0f, 1.5f, -1.5f}) if (std::abs(*x - kink) < 0.2f) *x = kink + 0.3f;
        }
      }
      const std::vector<float> dy = normal(random_, 60);
      const auto forward = [&](const std::vector<float>& g, const std::vector<float>& u) {
        return backend_->glu(put(*backend_, g, {6, 10}), put(*backend_, u, {6, 10}), activation);
      };
      const auto [dgate, dup] = backend_->glu_backward(put(*backend_, dy, {6, 10}), put(*backend_, gate, {6, 10}), put(*backend_, up, {6, 10}), activation);
      QVERIFY2(gradient_holds(random_, gate, get(*backend_, dgate), loss(dy, [&](const auto& x) { return forward(x, up); })), qPrintable(QString::number(static_cast<int>(kind))));
      QVERIFY2(gradient_holds(random_, up, get(*backend_, dup), loss(dy, [&](const auto& x) { return forward(gate, x); })), qPrintable(QString::number(static_cast<int>(kind))));
      if (kind == ActivationKind::swiglu_clamped) continue;
      const auto [none, alone] = backend_->glu_backward(put(*backend_, dy, {6, 10}), {}, put(*backend_, up, {6, 10}), activation);
      QVERIFY(!none.defined());
      QVERIFY2(gradient_holds(random_, up, get(*backend_, alone), loss(dy, [&](const auto& x) { return backend_->glu({}, put(*backend_, x, {6, 10}), activation); })), qPrintable(QString::number(static_cast<int>(kind))));
    }
  }

  // All score kinds, with and without normalising and scale, with edits' boosts; given ids keep the choice. (The router's
  // own tests go through many more shapes.)
  void route() {
    const std::int32_t experts = 9, rows = 7, k = 3;
    for (const RouterScore score : {RouterScore::softmax, RouterScore::sigmoid, RouterScore::softmax_after_top_k, RouterScore::sigmoid_after_top_k, RouterScore::sqrt_softplus}) {
      for (const bool normalise : {false, true}) {
        for (const float scale : {1.0f, 2.5f}) {
          const RouterSpec spec{.score = score, .experts = experts, .top_k = k, .normalise = normalise, .normalise_epsilon = 1e-20f, .scale = scale};
          OwnedBatch b(random_, {rows}, 10);
          const std::vector<float> logits = normal(random_, rows * experts), boost = normal(random_, experts), bias = normal(random_, experts);
          const EditTable table{boost.data(), nullptr, nullptr};
          const std::vector<std::int32_t> edit = {-1, 0, 0, -1, -1, -1, 0};
          b.batch.edits = {&table, 1};
          b.batch.edit = edit.data();
          b.batch.edit_experts = experts;
          b.batch.routed_layers = 1;
          OwnedWeight selection(random_, 1, 1, experts, 0.2f);
          const Routing first = backend_->route(put(*backend_, logits, {rows, experts}), selection.ref(), spec, b.batch, 0);
          const std::vector<float> dweights = normal(random_, rows * k);
          const std::vector<float> dlogits = get(*backend_, backend_->route_backward(put(*backend_, dweights, {rows, k}), put(*backend_, logits, {rows, experts}), first, selection.ref(), spec, b.batch, 0));
          std::vector<std::int32_t> ids(first.ids.i32(), first.ids.i32() + rows * k);
          b.batch.replay = ids.data();
          b.batch.replay_k = k;
          // By expert, as the places' order may change on the way.
          const auto forward = [&](const std::vector<float>& x) {
            const Routing r = backend_->route(put(*backend_, x, {rows, experts}), selection.ref(), spec, b.batch, 0);
            double sum = 0;
            for (std::int32_t i = 0; i < rows * k; ++i) {
              for (std::int32_t j = i / k * k; j < i / k * k + k; ++j) {
                if (r.ids.i32()[j] == ids[static_cast<std::size_t>(i)]) sum += static_cast<double>(dweights[static_cast<std::size_t>(i)]) * r.weights.f32()[j];
              }
            }
            return sum;
          };
          QVERIFY2(gradient_holds(random_, logits, dlogits, forward), qPrintable(QString::number(static_cast<int>(score))));
        }
      }
    }
  }

  void expertLinearWithUnusedPlaces() {
    for (const auto& [rows, k, experts] : {std::tuple{5, 2, 3}, {90, 3, 2}, {1, 4, 8}}) {
      for (const bool per_place : {false, true}) {
        const std::int64_t in = 15, out = 11;
        const Routing routing = random_routing(random_, *backend_, rows, k, experts);
        OwnedWeight w(random_, experts, out, in, 0.3f);
        const std::vector<float> x = normal(random_, rows * in * (per_place ? k : 1)), dy = normal(random_, rows * k * out);
        const auto shaped = [&](const std::vector<float>& v) { return per_place ? put(*backend_, v, {rows, k, in}) : put(*backend_, v, {rows, in}); };
        const Tensor tx = shaped(x), tdy = put(*backend_, dy, {rows, k, out}), dw = zeros({experts, out, in});
        const Tensor dx = backend_->expert_linear_backward_input(tdy, tx, w.ref(), routing);
        QCOMPARE(dx.rank, tx.rank);
        backend_->expert_linear_backward_weight(tdy, tx, routing, dw);
        QVERIFY(gradient_holds(random_, x, get(*backend_, dx), loss(dy, [&](const auto& v) { return backend_->expert_linear(shaped(v), w.ref(), routing); })));
        QVERIFY(gradient_holds(random_, w.values, get(*backend_, dw), weight_loss(w, dy, [&] { return backend_->expert_linear(shaped(x), w.ref(), routing); })));
      }
    }
  }

  // y's gradient is dy; unused places give the biases nothing.
  void expertBias() {
    for (const auto& [rows, k, experts] : {std::tuple{5, 2, 3}, {90, 3, 2}, {1, 4, 8}}) {
      const std::int64_t n = 11;
      const Routing routing = random_routing(random_, *backend_, rows, k, experts);
      OwnedWeight bias(random_, experts, 1, n, 0.3f);
      const std::vector<float> y = normal(random_, rows * k * n), dy = normal(random_, rows * k * n);
      const Tensor tdy = put(*backend_, dy, {rows, k, n}), dbias = zeros({experts, 1, n});
      backend_->expert_bias_backward(tdy, routing, dbias);
      const std::vector<float> once = get(*backend_, dbias);
      QVERIFY(gradient_holds(random_, bias.values, once, weight_loss(bias, dy, [&] { return backend_->expert_bias(put(*backend_, y, {rows, k, n}), bias.ref(), routing); })));
      QVERIFY(gradient_holds(random_, y, dy, loss(dy, [&](const auto& v) { return backend_->expert_bias(put(*backend_, v, {rows, k, n}), bias.ref(), routing); })));
      backend_->expert_bias_backward(tdy, routing, dbias);  // added to
      for (std::size_t i = 0; i < once.size(); ++i) QCOMPARE(dbias.f32()[i], 2 * once[i]);
    }
  }

  void combine() {
    const Routing routing = random_routing(random_, *backend_, 9, 3, 5);
    const std::vector<float> y = normal(random_, 9 * 3 * 8), dout = normal(random_, 9 * 8);
    const auto gradients = backend_->combine_backward(put(*backend_, dout, {9, 8}), put(*backend_, y, {9, 3, 8}), routing);
    QVERIFY(gradient_holds(random_, y, get(*backend_, gradients.dy), loss(dout, [&](const auto& v) { return backend_->combine(put(*backend_, v, {9, 3, 8}), routing); })));
    QVERIFY(gradient_holds(random_, get(*backend_, routing.weights), get(*backend_, gradients.dweights), loss(dout, [&](const auto& v) {
      Routing moved = routing;
      moved.weights = put(*backend_, v, {9, 3});
      return backend_->combine(put(*backend_, y, {9, 3, 8}), moved);
    })));
  }

  // Weights absent: a plain sum.
  void combineWithoutWeights() {
    Routing routing = random_routing(random_, *backend_, 9, 3, 5);
    routing.weights = {};
    const std::vector<float> y = normal(random_, 9 * 3 * 8), dout = normal(random_, 9 * 8);
    const auto gradients = backend_->combine_backward(put(*backend_, dout, {9, 8}), put(*backend_, y, {9, 3, 8}), routing);
    QVERIFY(!gradients.dweights.defined());
    QVERIFY(gradient_holds(random_, y, get(*backend_, gradients.dy), loss(dout, [&](const auto& v) { return backend_->combine(put(*backend_, v, {9, 3, 8}), routing); })));
  }

  void sigmoidGate() {
    const std::vector<float> y = normal(random_, 6 * 9), g = normal(random_, 6), dout = normal(random_, 6 * 9);
    const auto [dy, dg] = backend_->sigmoid_gate_backward(put(*backend_, dout, {6, 9}), put(*backend_, y, {6, 9}), put(*backend_, g, {6, 1}));
    QVERIFY(gradient_holds(random_, y, get(*backend_, dy), loss(dout, [&](const auto& v) { return backend_->sigmoid_gate(put(*backend_, v, {6, 9}), put(*backend_, g, {6, 1})); })));
    QVERIFY(gradient_holds(random_, g, get(*backend_, dg), loss(dout, [&](const auto& v) { return backend_->sigmoid_gate(put(*backend_, y, {6, 9}), put(*backend_, v, {6, 1})); })));
  }

  void crossEntropy() {
    const std::vector<float> logits = normal(random_, 5 * 30, 2.0f);
    const std::int32_t targets[] = {4, -1, 29, 0, 4};
    const std::vector<float> dloss = {1.7f};
    const std::vector<float> dlogits = get(*backend_, backend_->cross_entropy_backward(put(*backend_, dloss, {1}), put(*backend_, logits, {5, 30}), targets));
    // The loss is one float of size 3: a larger step drowns its rounding.
    QVERIFY(gradient_holds(random_, logits, dlogits, loss(dloss, [&](const auto& v) { return backend_->cross_entropy(put(*backend_, v, {5, 30}), targets); }), 0.05f, 2e-3));
    const std::int32_t nothing[] = {-1, -1, -1, -1, -1};
    for (const float d : get(*backend_, backend_->cross_entropy_backward(put(*backend_, dloss, {1}), put(*backend_, logits, {5, 30}), nothing))) QCOMPARE(d, 0.0f);
  }
};

QTEST_APPLESS_MAIN(TestReferenceBackward)
#include "test_reference_backward.moc"
