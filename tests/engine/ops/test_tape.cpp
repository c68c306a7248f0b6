// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "engine/ops/tape.h"
#include "tests/engine/cpu/ops_fixture.h"

using namespace roundhouse;
using namespace roundhouse::test;

namespace {

constexpr std::int32_t width = 24, heads = 4, kv_heads = 2, head_dim = 8, experts = 6, top_k = 2, hidden = 10, shared_hidden = 12,
                       vocabulary = 30, layers = 2;

// A model of two mixture-of-experts blocks with everything a block may have, output tied to the embedding.
struct Model {
  Random random{5};
  std::deque<OwnedWeight> weights;  // stable addresses
  WeightRef embedding, output_norm;
  struct Layer {
    WeightRef attention_norm, q_norm, k_norm, ffn_norm;
    LinearWeights q, k, v, o;
    MoeWeights moe;
  };
  std::vector<Layer> blocks;
  RouterSpec router;
  AttentionSpec attention{.heads = heads, .kv_heads = kv_heads, .key_dim = head_dim, .value_dim = head_dim, .scale = 0.35f, .window_tokens = 5};
  RopeSpec rope;
  Activation activation;

  WeightRef make(std::int64_t count, std::int64_t rows, std::int64_t cols, float sigma = 0.25f) {
    return weights.emplace_back(random, count, rows, cols, sigma).ref();
  }
  FfnWeights network(std::int64_t count, std::int64_t inner, bool gated, bool biased) {
    FfnWeights w;
    if (gated) w.gate = make(count, inner, width);
    w.up = make(count, inner, width);
    w.down = make(count, width, inner);
    if (!biased) return w;
    if (gated) w.gate_bias = make(count, 1, inner);
    w.up_bias = make(count, 1, inner);
    w.down_bias = make(count, 1, width);
    return w;
  }
  explicit Model(RouterScore score, bool gated = true, bool biased = false) {
    activation.kind = gated ? ActivationKind::silu : ActivationKind::relu_squared;
    router = {.score = score, .experts = experts, .top_k = top_k, .normalise = score == RouterScore::sigmoid, .normalise_epsilon = 1e-20f, .scale = 1.5f};
    for (int i = 0; i < 3; ++i) rope.inv_freq.push_back(std::pow(50.0f, -static_cast<float>(i) / 3));  // partial
    embedding = make(1, vocabulary, width, 1.0f);
    output_norm = make(1, 1, width, 1.0f);
    for (int i = 0; i < layers; ++i) {
      blocks.push_back({make(1, 1, width, 1.0f), make(1, 1, head_dim, 1.0f), make(1, 1, head_dim, 1.0f), make(1, 1, width, 1.0f),
                        {make(1, heads * head_dim, width), make(1, 1, heads * head_dim)},
                        {make(1, kv_heads * head_dim, width), nullptr},
                        {make(1, kv_heads * head_dim, width), make(1, 1, kv_heads * head_dim)},
                        {make(1, width, heads * head_dim), nullptr},
                        {make(1, experts, width, 0.5f), make(1, 1, experts), make(1, 1, experts, 0.05f),
                         network(experts, hidden, gated, biased), network(1, shared_hidden, gated, biased),
                         i == 0 ? make(1, 1, width) : nullptr}});
    }
  }
  Tensor logits(Ops& ops, const Batch& batch) const {
    Tensor x = ops.embed(embedding, batch);
    x = ops.scale(x, 1.2f);
    for (std::int32_t i = 0; i < layers; ++i) {
      const Layer& w = blocks[static_cast<std::size_t>(i)];
      const Ops::Mark mark = ops.mark();
      const LinearWeights projections[] = {w.q, w.k, w.v};
      const std::vector<Tensor> qkv = ops.linears(ops.rms_norm(x, w.attention_norm, 1e-5f), projections);
      const Tensor q = ops.norm_rope(qkv[0].reshaped({batch.rows, heads, head_dim}), w.q_norm, 1e-5f, rope, batch);
      const Tensor k = ops.norm_rope(qkv[1].reshaped({batch.rows, kv_heads, head_dim}), w.k_norm, 1e-5f, rope, batch);
      const Tensor mixed = ops.attention(q, k, qkv[2].reshaped({batch.rows, kv_heads, head_dim}), attention, batch, i);
      const auto [sum, normed] = ops.residual_add_norm(x, ops.linear(mixed.reshaped({batch.rows, heads * head_dim}), w.o), w.ffn_norm, 1e-5f);
      x = ops.residual_add(sum, ops.moe(normed, w.moe, router, activation, batch, i));
      ops.release(mark);
    }
    return ops.linear(ops.rms_norm(ops.output_rows(x, batch), output_norm, 1e-5f), {embedding, nullptr});
  }
};

// Two packed sequences, one row without a target, routes held fixed to what the model chooses.
struct Setting {
  Random random{6};
  OwnedBatch owned{random, {9, 6}, vocabulary};
  std::vector<std::int32_t> targets, replay;

  Setting(const Model& model, Backend& backend) {
    for (std::int32_t r = 0; r < 15; ++r) targets.push_back(r == 8 ? -1 : static_cast<std::int32_t>(random() % vocabulary));
    owned.batch.routed_layers = layers;
    std::vector<std::uint16_t> ids(15 * layers * top_k);
    std::vector<TraceRow> trace;
    for (std::size_t r = 0; r < 15; ++r) trace.push_back({ids.data() + r * layers * top_k, nullptr, nullptr});
    Batch traced = owned.batch;
    traced.trace = trace.data();
    traced.trace_k = top_k;
    const Ops::Mark mark = backend.mark();
    model.logits(backend, traced);
    backend.release(mark);
    replay.assign(ids.begin(), ids.end());
    owned.batch.replay = replay.data();
    owned.batch.replay_k = top_k;
  }
  // The loss in double from the backend's logits: differences of it are not drowned by the rounding of one float.
  double loss(const Model& model, Backend& backend) const {
    const Ops::Mark mark = backend.mark();
    const std::vector<float> logits = get(backend, model.logits(backend, owned.batch));
    backend.release(mark);
    double sum = 0;
    for (std::size_t r = 0; r < 15; ++r) {
      if (targets[r] < 0) continue;
      double total = 0;
      for (std::size_t i = 0; i < vocabulary; ++i) total += std::exp(static_cast<double>(logits[r * vocabulary + i]));
      sum += std::log(total) - static_cast<double>(logits[r * vocabulary + static_cast<std::size_t>(targets[r])]);
    }
    return sum / 14;
  }
};

// Counts the backward work that frozen weights should save.
class CountingBackend : public ReferenceBackend {
 public:
  using ReferenceBackend::ReferenceBackend;
  int input_gradients = 0, weight_gradients = 0, attentions = 0;
  Tensor linear_backward_input(const Tensor& dy, WeightRef w) override {
    ++input_gradients;
    return ReferenceBackend::linear_backward_input(dy, w);
  }
  void linear_backward_weight(const Tensor& dy, const Tensor& x, Tensor dweight) override {
    ++weight_gradients;
    ReferenceBackend::linear_backward_weight(dy, x, dweight);
  }
  void expert_linear_backward_weight(const Tensor& dy, const Tensor& x, const Routing& routing, Tensor dweight) override {
    ++weight_gradients;
    ReferenceBackend::expert_linear_backward_weight(dy, x, routing, dweight);
  }
  AttentionGradients attention_backward(const Tensor& dy, const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSpec& spec, const Batch& batch) override {
    ++attentions;
    return ReferenceBackend::attention_backward(dy, q, k, v, spec, batch);
  }
};

std::unique_ptr<CountingBackend> make_backend() {
  return std::make_unique<CountingBackend>(Context(), std::make_shared<ThreadPool>(2));
}

}  // namespace

class TestTape : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void everyParameterOfAMixtureOfExpertsHasItsGradient() {
    struct Kind { RouterScore score; bool gated, biased; };
    for (const auto& [score, gated, biased] : {Kind{RouterScore::softmax, true, false}, Kind{RouterScore::sigmoid, true, true},
                                               Kind{RouterScore::softmax_after_top_k, false, false}, Kind{RouterScore::sigmoid_after_top_k, false, true}}) {
      Model model(score, gated, biased);
      model.router.weight_on_input = score == RouterScore::sigmoid_after_top_k;
      const auto backend = make_backend();
      const Setting setting(model, *backend);
      std::vector<std::vector<float>> gradients;
      const Ops::Mark before = backend->mark();
      {
        Tape tape(*backend);
        std::vector<Tensor> buffers;
        for (const OwnedWeight& w : model.weights) buffers.push_back(tape.watch(w.ref()));
        const Tensor loss = tape.cross_entropy(model.logits(tape, setting.owned.batch), setting.targets.data());
        QVERIFY(std::abs(static_cast<double>(loss.f32()[0]) - setting.loss(model, *backend)) < 1e-5);
        const Status status = tape.backward(loss);
        QVERIFY(status.ok());
        for (const Tensor& buffer : buffers) gradients.push_back(get(*backend, buffer));
      }
      QCOMPARE(backend->mark(), before);
      std::size_t index = 0;
      for (OwnedWeight& w : model.weights) {
        const std::vector<float>& gradient = gradients[index++];
        const std::vector<float> kept = w.values;
        const bool selects_only = std::any_of(model.blocks.begin(), model.blocks.end(), [&](const Model::Layer& l) { return l.moe.selection_bias == w.ref(); });
        if (selects_only) {
          QVERIFY(std::all_of(gradient.begin(), gradient.end(), [](float g) { return g == 0.0f; }));
          continue;
        }
        QVERIFY(std::any_of(gradient.begin(), gradient.end(), [](float g) { return g != 0.0f; }));
        const bool holds = gradient_holds(model.random, kept, gradient, [&](const std::vector<float>& values) {
          w.values = values;
          w.store();
          const double loss = setting.loss(model, *backend);
          w.values = kept;
          w.store();
          return loss;
        }, 0.04f / std::sqrt(static_cast<float>(kept.size())), 4e-3);
        QVERIFY2(holds, qPrintable(QString("weight %1").arg(index - 1)));
      }
    }
  }

  void frozenWeightsSkipTheWork() {
    Model model(RouterScore::sigmoid);
    const auto backend = make_backend();
    const Setting setting(model, *backend);
    const auto gradient_of = [&](WeightRef w, bool everything) {
      Tape tape(*backend);
      if (everything) for (const OwnedWeight& other : model.weights) tape.watch(other.ref());
      const Tensor buffer = tape.watch(w);
      const Tensor loss = tape.cross_entropy(model.logits(tape, setting.owned.batch), setting.targets.data());
      const Status status = tape.backward(loss);
      return status.ok() ? get(*backend, buffer) : std::vector<float>();
    };
    const WeightRef last_down = model.blocks[1].moe.experts.down;
    const std::vector<float> alone = gradient_of(last_down, false);
    // Output projection's input gradient, the experts' down projection, and nothing below.
    QCOMPARE(backend->input_gradients, 1);
    QCOMPARE(backend->weight_gradients, 1);
    QCOMPARE(backend->attentions, 0);
    QVERIFY(!alone.empty());
    QCOMPARE(gradient_of(last_down, true), alone);
    QCOMPARE(backend->attentions, 2);
    // A projection whose input nothing below needs does not compute its gradient: as much work as for the norm after it.
    backend->input_gradients = 0;
    gradient_of(model.blocks[0].q_norm, false);
    const int for_norm = backend->input_gradients;
    gradient_of(model.blocks[0].q.weight, false);
    QCOMPARE(backend->input_gradients, 2 * for_norm);
  }

  void buffersOfTheCallerCollectOverTapes() {
    Model model(RouterScore::softmax);
    const auto backend = make_backend();
    const Setting setting(model, *backend);
    const WeightRef w = model.blocks[0].q.weight;
    const Tensor buffer = backend->allocate(DType::f32, {w->experts, w->rows, w->cols});
    backend->clear(buffer);
    std::vector<float> once;
    for (int pass = 0; pass < 2; ++pass) {
      Tape tape(*backend);
      tape.watch(w, buffer);
      QVERIFY(tape.backward(tape.cross_entropy(model.logits(tape, setting.owned.batch), setting.targets.data())).ok());
      if (pass == 0) once = get(*backend, buffer);
    }
    for (std::size_t i = 0; i < once.size(); ++i) QVERIFY(std::abs(buffer.f32()[i] - 2 * once[i]) <= 1e-6f + 1e-5f * std::abs(once[i]));
  }

  // A tensor used on several paths, one of them twice in one op, gets the sum, and values saved before a residual_add
  // survive it.
  void gradientsOfAnInputAddUpOverItsUses() {
    Random random(7);
    const auto backend = make_backend();
    const std::vector<float> x0 = normal(random, 8 * 6);
    OwnedWeight w(random, 1, 6, 6, 0.5f);
    const std::int32_t targets[] = {0, 1, 2, 3, 4, 5, 0, 1};
    const auto forward = [&](Ops& ops, const Tensor& x) {
      const Tensor a = ops.glu(x, ops.linear(x, {w.ref(), nullptr}), {});
      const Tensor normed = ops.rms_norm(a, nullptr, 1e-5f);
      const Tensor b = ops.residual_add(a, x);
      const Tensor c = ops.residual_add(b, b);
      const Tensor d = ops.residual_add(ops.scale(c, 0.5f), normed.reshaped({8, 6}));
      // p and q share their gradient of p + q before q's other use adds to it.
      const Tensor p = ops.linear(x, {w.ref(), nullptr});
      const Tensor q = ops.scale(d, 0.8f);
      const Tensor u = ops.scale(q, 0.3f);
      return ops.residual_add(ops.residual_add(p, q), u);
    };
    Tape tape(*backend);
    const Tensor x = put(*backend, x0, {8, 6});
    tape.watch(x);
    const Tensor y = forward(tape, x);
    QVERIFY(tape.backward(tape.cross_entropy(y, targets)).ok());
    QCOMPARE(get(*backend, x), x0);
    const std::vector<float> gradient = get(*backend, tape.gradient(x));
    QVERIFY(gradient_holds(random, x0, gradient, [&](const std::vector<float>& v) {
      Tape again(*backend);  // its residual_add keeps what the test uses twice
      const std::vector<float> z = get(*backend, forward(again, put(*backend, v, {8, 6})));
      double sum = 0;
      for (std::size_t r = 0; r < 8; ++r) {
        double total = 0;
        for (std::size_t i = 0; i < 6; ++i) total += std::exp(static_cast<double>(z[r * 6 + i]));
        sum += std::log(total) - static_cast<double>(z[r * 6 + static_cast<std::size_t>(targets[r])]);
      }
      return sum / 8;
    }));
    QVERIFY(!tape.gradient(put(*backend, x0, {8, 6})).defined());
  }

  // A backend writes the bias of experts into its input's memory; what saved that input before still needs it.
  void aBiasOfExpertsLeavesWhatWasSaved() {
    Random random(9);
    const auto backend = make_backend();
    const std::vector<float> x0 = normal(random, 8 * 6);
    OwnedWeight w(random, 3, 4, 6, 0.5f), bias(random, 3, 1, 4, 0.5f);
    const Routing routing = random_routing(random, *backend, 8, 2, 3);
    const std::int32_t targets[] = {0, 1, 2, 3, 0, 1, 2, 3};
    const auto forward = [&](Ops& ops, const Tensor& x) {
      const Tensor y = ops.expert_linear(x, w.ref(), routing);
      const Tensor squared = ops.glu({}, y, {ActivationKind::gelu});
      return ops.combine(ops.glu(squared, ops.expert_bias(y, bias.ref(), routing), {}), routing);
    };
    const auto loss = [&](const Tensor& logits) {
      double sum = 0;
      for (std::size_t r = 0; r < 8; ++r) {
        double total = 0;
        for (std::size_t i = 0; i < 4; ++i) total += std::exp(static_cast<double>(logits.f32()[r * 4 + i]));
        sum += std::log(total) - static_cast<double>(logits.f32()[r * 4 + static_cast<std::size_t>(targets[r])]);
      }
      return sum / 8;
    };
    Tape tape(*backend);
    const Tensor x = put(*backend, x0, {8, 6});
    tape.watch(x);
    const Tensor dbias = tape.watch(bias.ref());
    QVERIFY(tape.backward(tape.cross_entropy(forward(tape, x), targets)).ok());
    QVERIFY(gradient_holds(random, x0, get(*backend, tape.gradient(x)), [&](const std::vector<float>& v) {
      Tape again(*backend);
      return loss(forward(again, put(*backend, v, {8, 6})));
    }));
    const std::vector<float> kept = bias.values;
    QVERIFY(gradient_holds(random, kept, get(*backend, dbias), [&](const std::vector<float>& v) {
      bias.values = v;
      bias.store();
      Tape again(*backend);
      return loss(forward(again, x));
    }));
  }

  // A first layer that is given its ids, as hash layers are, and a second in which some rows choose the same as others
  // were given: the gradients of the whole replayed batch.
  void givenIdsAndChoicesShareATape() {
    Model model(RouterScore::sigmoid);
    const auto backend = make_backend();
    Setting setting(model, *backend);
    const auto gradients = [&] {
      Tape tape(*backend);
      std::vector<Tensor> buffers;
      for (const OwnedWeight& w : model.weights) buffers.push_back(tape.watch(w.ref()));
      const Status status = tape.backward(tape.cross_entropy(model.logits(tape, setting.owned.batch), setting.targets.data()));
      std::vector<std::vector<float>> values;
      for (const Tensor& buffer : buffers) values.push_back(status.ok() ? get(*backend, buffer) : std::vector<float>());
      return values;
    };
    const auto replayed = gradients();
    for (std::size_t r = 0; r < 15; r += 2) setting.replay[(r * layers + 1) * top_k] = Batch::replay_choose;
    QCOMPARE(gradients(), replayed);
    // Another expert for one row in one layer is another gradient.
    std::int32_t* const ids = setting.replay.data() + (1 * layers + 1) * top_k;
    const std::int32_t old[] = {ids[0], ids[1]};
    while (ids[0] == old[0] || ids[0] == old[1]) ids[0] = (ids[0] + 1) % experts;
    QVERIFY(!replayed[0].empty() && gradients() != replayed);
  }

  void refusesWhatItCannotDifferentiate() {
    Model model(RouterScore::sigmoid);
    const auto backend = make_backend();
    Setting setting(model, *backend);
    const auto code = [](const Status& status) { return status.ok() ? ErrorCode::internal : status.error().code; };
    {
      Tape tape(*backend);  // nothing watched
      QVERIFY(code(tape.backward(tape.cross_entropy(model.logits(tape, setting.owned.batch), setting.targets.data()))) == ErrorCode::invalid_argument);
    }
    {
      Tape tape(*backend);
      tape.watch(model.embedding);
      const Tensor logits = model.logits(tape, setting.owned.batch);
      QVERIFY(code(tape.backward(logits)) == ErrorCode::invalid_argument);  // not one number
      QVERIFY(code(tape.backward(backend->cross_entropy(logits, setting.targets.data()))) == ErrorCode::invalid_argument);  // not recorded
    }
    {
      auto cache = std::move(backend->create_cache(layers, 1, kv_heads, head_dim, head_dim)).value();
      Random random(8);
      OwnedBatch b(random, {4}, vocabulary);
      const std::int32_t page = 0;
      const std::vector<std::int32_t> places = {0, 1, 2, 3};
      b.sequences[0].pages = &page;
      b.batch.cache = cache.get();
      b.batch.cache_slot = places.data();
      Tape tape(*backend);
      tape.watch(model.embedding);
      const Status status = tape.backward(tape.cross_entropy(model.logits(tape, b.batch), setting.targets.data()));
      QVERIFY(code(status) == ErrorCode::invalid_argument);
      QVERIFY(status.error().message().find("KV cache") != std::string::npos);
    }
  }

  void recordsTheSameValuesAsTheBackend() {
    Model model(RouterScore::softmax);
    const auto backend = make_backend();
    const Setting setting(model, *backend);
    Tape tape(*backend);
    tape.watch(model.embedding);
    QCOMPARE(get(*backend, model.logits(tape, setting.owned.batch)), get(*backend, model.logits(*backend, setting.owned.batch)));
  }
};

QTEST_APPLESS_MAIN(TestTape)
#include "test_tape.moc"
