// SPDX-License-Identifier: Apache-2.0
// Tests of engine/cpu: training_backend training_attention matrix_product
// Tests of engine/cpu/kernels/avx2: matrix
// Tests of engine/cpu/kernels/avx512: matrix matrix_bf16
#include "engine/cpu/training_backend.h"

#include <QtTest>

#include "engine/cpu/create_backend.h"
#include "tests/engine/cpu/ops_fixture.h"

using namespace roundhouse;
using namespace roundhouse::test;

namespace {

using Values = std::vector<float>;
// Operands rounded by at most 2^-9 each: a sum of products of independent signs is off by less of the largest one.
constexpr double bf16_relative = 0x1p-7;

// What an operation gives on a backend: results, or gradients that it added to.
using Run = std::function<std::vector<Values>(Backend&)>;

std::vector<Isa> training_isas() {
  std::vector<Isa> isas = available_isas();
  std::erase(isas, Isa::reference);
  return isas;
}

double largest(const Values& values) {
  double most = 0;
  for (const float v : values) most = std::max(most, std::abs(static_cast<double>(v)));
  return most;
}

// Where this processor multiplies bfloat16.
bool multiplies_bf16(Isa isa) { return create_training_backend(isa, 1, {}, ProductPrecision::bfloat16).ok(); }

// The reference within rounding, and the same bits with any number of threads.
bool holds(const std::vector<OwnedWeight*>& weights, const Run& run) {
  const auto on = [&](Backend& backend) {
    for (OwnedWeight* w : weights) {
      if (!backend.prepare(1, w->weight).ok()) qFatal("not prepared");
    }
    return run(backend);
  };
  const auto expected = on(*create_cpu_backend(Isa::reference, 2).value());
  std::vector<std::pair<Isa, ProductPrecision>> paths;
  for (const Isa isa : training_isas()) {
    paths.emplace_back(isa, ProductPrecision::float32);
    if (multiplies_bf16(isa)) paths.emplace_back(isa, ProductPrecision::bfloat16);
  }
  for (const auto& [isa, precision] : paths) {
    const auto got = on(*create_training_backend(isa, 1, {}, precision).value());
    if (on(*create_training_backend(isa, 3, {}, precision).value()) != got) return qWarning("other bits with three threads"), false;
    if (got.size() != expected.size()) return false;
    const double relative = precision == ProductPrecision::bfloat16 ? bf16_relative : 1e-5;
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (got[i].size() != expected[i].size()) return false;
      const double bound = relative * std::max(1.0, largest(expected[i]));
      for (std::size_t j = 0; j < got[i].size(); ++j) {
        if (!(std::abs(static_cast<double>(got[i][j]) - expected[i][j]) <= bound)) {
          return qWarning("%s: result %zu, value %zu: %g against %g", isa_name(isa), i, j, got[i][j], expected[i][j]), false;
        }
      }
    }
  }
  return true;
}

}  // namespace

class TestTrainingBackend : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void productsWithWeightsOfEveryType_data() {
    QTest::addColumn<int>("type");
    for (const DType type : {DType::f32, DType::f16, DType::bf16, DType::q8_0, DType::q4_0, DType::q4_k, DType::q6_k}) {
      QTest::newRow(std::string(dtype_name(type)).c_str()) << static_cast<int>(type);
    }
  }
  // Sizes below, at and beyond tiles, panels and pieces.
  void productsWithWeightsOfEveryType() {
    QFETCH(int, type);
    const auto dtype = static_cast<DType>(type);
    const std::int64_t block = dtype_block_elements(dtype);
    Random random(1);
    for (const auto& [rows, out, columns] : {std::tuple{1, 1, 1}, {7, 33, 3}, {13, 300, 2}, {500, 17, 1}}) {
      const std::int64_t in = block > 1 ? block * columns : 37 * columns + 256 * (columns - 1);
      OwnedWeight w(random, 1, out, in, 0.3f, dtype), bias(random, 1, 1, out, 1.0f);
      const Values x = normal(random, rows * in), dy = normal(random, rows * out), before = normal(random, out * in);
      QVERIFY(holds({&w, &bias}, [&, rows = rows, out = out](Backend& b) {
        const Tensor in_x = put(b, x, {rows, in}), in_dy = put(b, dy, {rows, out}), dw = put(b, before, {1, out, in});
        b.linear_backward_weight(in_dy, in_x, dw);
        return std::vector{get(b, b.linear(in_x, {w.ref(), nullptr})), get(b, b.linear(in_x, {w.ref(), bias.ref()})),
                           get(b, b.linear_backward_input(in_dy, w.ref())), get(b, dw)};
      }));
    }
  }
  void productsOfExperts_data() {
    QTest::addColumn<int>("type");
    for (const DType type : {DType::f32, DType::q4_0, DType::q6_k}) QTest::newRow(std::string(dtype_name(type)).c_str()) << static_cast<int>(type);
  }
  // Unused places, experts without a place, x the same for a row's places or of its own.
  void productsOfExperts() {
    QFETCH(int, type);
    const auto dtype = static_cast<DType>(type);
    const std::int64_t in = dtype == DType::f32 ? 45 : 256, experts = 5, k = 3;
    Random random(2);
    for (const auto& [rows, out] : {std::pair{1, 7}, {23, 40}, {200, 270}}) {
      OwnedWeight w(random, experts, out, in, 0.3f, dtype);
      const unsigned seed = random();
      const Values x = normal(random, rows * in), xk = normal(random, rows * k * in), dy = normal(random, rows * k * out),
                   before = normal(random, experts * out * in);
      QVERIFY(holds({&w}, [&, rows = rows, out = out](Backend& b) {
        Random same(seed);
        const Routing routing = random_routing(same, b, rows, k, experts - 1);  // the last is never chosen
        std::vector<Values> results;
        for (const Tensor& input : {put(b, x, {rows, in}), put(b, xk, {rows, k, in})}) {
          // Gradients of unused places are nothing to anybody.
          Values masked = dy;
          for (std::int64_t p = 0; p < rows * k; ++p) {
            if (routing.ids.i32()[p] < 0) std::fill_n(masked.begin() + p * out, out, 0.0f);
          }
          const Tensor outer = put(b, masked, {rows, k, out}), dw = put(b, before, {experts, out, in});
          b.expert_linear_backward_weight(outer, input, routing, dw);
          results.push_back(get(b, b.expert_linear(input, w.ref(), routing)));
          results.push_back(get(b, b.expert_linear_backward_input(outer, input, w.ref(), routing)));
          results.push_back(get(b, dw));
        }
        return results;
      }));
    }
  }
  void attentionOfWholeSequences_data() {
    QTest::addColumn<int>("window");
    QTest::addColumn<double>("cap");
    QTest::newRow("causal") << 0 << 0.0;
    QTest::newRow("window") << 5 << 0.0;
    QTest::newRow("softcap") << 0 << 3.0;
  }
  void attentionOfWholeSequences() {
    QFETCH(int, window);
    QFETCH(double, cap);
    Random random(3);
    AttentionSpec spec{6, 2, 10, 7, 0.4f, window, static_cast<float>(cap)};
    for (const std::vector<std::int32_t>& lengths : {std::vector<std::int32_t>{1}, {9, 1, 14}, {300}, {40, 270}}) {
      OwnedBatch own(random, lengths, 50);
      const std::int64_t rows = own.batch.rows;
      const Values q = normal(random, rows * 60), k = normal(random, rows * 20), v = normal(random, rows * 14), dy = normal(random, rows * 42);
      QVERIFY(holds({}, [&](Backend& b) {
        const Tensor tq = put(b, q, {rows, 6, 10}), tk = put(b, k, {rows, 2, 10}), tv = put(b, v, {rows, 2, 7});
        const auto g = b.attention_backward(put(b, dy, {rows, 6, 7}), tq, tk, tv, spec, own.batch);
        return std::vector{get(b, b.attention(tq, tk, tv, spec, own.batch, 0)), get(b, g.dq), get(b, g.dk), get(b, g.dv)};
      }));
    }
  }
  // Norms, gated units, rotation, weighed sums and plain sums on the way back; places without an expert.
  void smallOperationsOnTheWayBack() {
    Random random(6);
    for (const std::int64_t n : {std::int64_t{1}, std::int64_t{15}, std::int64_t{48}, std::int64_t{1000}}) {
      constexpr std::int64_t rows = 37, k = 3;
      OwnedWeight weight(random, 1, 1, n, 1.0f);
      const unsigned seed = random();
      const Values x = normal(random, rows * n), dy = normal(random, rows * n), up = normal(random, rows * n), each = normal(random, rows * k * n),
                   more = normal(random, rows * k * n), weights = normal(random, rows * k);
      QVERIFY(holds({&weight}, [&](Backend& b) {
        const Tensor tx = put(b, x, {rows, n}), tdy = put(b, dy, {rows, n}), tup = put(b, up, {rows, n}), teach = put(b, each, {rows, k, n});
        std::vector<Values> results;
        results.push_back(get(b, b.rms_norm_backward(tdy, tx, weight.ref(), 1e-5f, nullptr)));
        results.push_back(get(b, b.rms_norm_backward(tdy, tx, nullptr, 1e-5f, nullptr)));
        for (const ActivationKind kind : {ActivationKind::silu, ActivationKind::gelu_tanh}) {
          const auto [dgate, dup] = b.glu_backward(tdy, tx, tup, {.kind = kind});
          results.push_back(get(b, dgate));
          results.push_back(get(b, dup));
        }
        Random same(seed);
        Routing routing = random_routing(same, b, rows, k, 4);
        routing.weights = put(b, weights, {rows, k});
        for (const bool weighed : {true, false}) {
          if (!weighed) routing.weights = {};
          const auto g = b.combine_backward(tdy, teach, routing);
          results.push_back(get(b, g.dy));
          if (weighed) results.push_back(get(b, g.dweights));
        }
        const Tensor sum = put(b, each, {rows, k, n});
        b.accumulate(sum, put(b, more, {rows, k, n}));
        results.push_back(get(b, sum));
        return results;
      }));
    }
    for (const RopeOrder order : {RopeOrder::halves, RopeOrder::pairs}) {
      RopeSpec rope;
      rope.order = order;
      rope.magnitude = 1.3f;
      for (int i = 0; i < 21; ++i) rope.inv_freq.push_back(std::pow(50.0f, -static_cast<float>(i) / 21));
      OwnedBatch own(random, {5, 12}, 50);
      const Values dy = normal(random, own.batch.rows * 3 * 45);
      QVERIFY(holds({}, [&](Backend& b) { return std::vector<Values>{get(b, b.rope_backward(put(b, dy, {own.batch.rows, 3, 45}), rope, own.batch))}; }));
    }
  }
  // B of an adapter: the same as the product and a sum.
  void productsOfExpertsAreAdded() {
    Random random(8);
    constexpr std::int64_t rows = 40, k = 2, in = 19, out = 70, experts = 4;
    OwnedWeight w(random, experts, out, in, 0.3f);
    const unsigned seed = random();
    const Values x = normal(random, rows * k * in), y = normal(random, rows * k * out);
    QVERIFY(holds({&w}, [&](Backend& b) {
      Random same(seed);
      const Routing routing = random_routing(same, b, rows, k, experts);
      const Tensor sum = b.add_expert_linear(put(b, y, {rows, k, out}), put(b, x, {rows, k, in}), w.ref(), routing);
      return std::vector<Values>{get(b, sum)};
    }));
  }
  // Rows without a target, one token, logits far apart.
  void crossEntropy() {
    Random random(4);
    for (const int n : {1, 16, 77, 1000}) {
      const int rows = 9;
      Values logits = normal(random, rows * n, 4.0f);
      logits[0] = 300.0f;
      logits[static_cast<std::size_t>(n)] = -300.0f;
      std::vector<std::int32_t> targets;
      for (int r = 0; r < rows; ++r) targets.push_back(r % 4 == 3 ? -1 : static_cast<std::int32_t>(random() % static_cast<unsigned>(n)));
      QVERIFY(holds({}, [&](Backend& b) {
        const Tensor x = put(b, logits, {rows, n}), seed = put(b, {0.7f}, {1});
        return std::vector{get(b, b.cross_entropy(x, targets.data())), get(b, b.cross_entropy_backward(seed, x, targets.data()))};
      }));
    }
    const std::vector<std::int32_t> none(3, -1);
    QVERIFY(holds({}, [&](Backend& b) {
      const Tensor x = put(b, Values(12, 1.0f), {3, 4}), seed = put(b, {1.0f}, {1});
      return std::vector{get(b, b.cross_entropy(x, none.data())), get(b, b.cross_entropy_backward(seed, x, none.data()))};
    }));
  }
  // bfloat16 is another result than float32; routers stay float32; refused where it cannot be multiplied.
  void bfloat16RoundsOperands() {
    QVERIFY(!multiplies_bf16(Isa::reference));
    QVERIFY(!multiplies_bf16(Isa::avx2));
    if (!multiplies_bf16(Isa::automatic)) QSKIP("no processor with AVX-512 BF16");
    const auto f32 = create_training_backend(Isa::automatic, 1).value(), bf16 = create_training_backend(Isa::automatic, 1, {}, ProductPrecision::bfloat16).value();
    QVERIFY(bf16->name().ends_with("bfloat16") && bf16->numerics().relative_tolerance > f32->numerics().relative_tolerance);
    Random random(9);
    OwnedWeight w(random, 1, 40, 64, 1.0f);
    const Values x = normal(random, 3 * 64);
    const auto on = [&](Backend& b) { return get(b, b.linear(put(b, x, {3, 64}), {w.ref(), nullptr})); };
    QVERIFY(on(*f32) != on(*bf16));
    // Exact where operands are: powers of two.
    Values powers(3 * 64);
    for (std::size_t i = 0; i < powers.size(); ++i) powers[i] = std::ldexp(i % 3 == 0 ? -1.0f : 1.0f, static_cast<int>(i % 5) - 2);
    for (std::size_t i = 0; i < w.values.size(); ++i) w.values[i] = static_cast<float>(static_cast<int>(i % 17) - 8);
    w.store();
    const auto exact = [&](Backend& b) { return get(b, b.linear(put(b, powers, {3, 64}), {w.ref(), nullptr})); };
    QCOMPARE(exact(*bf16), exact(*f32));
    Random again(9);
    OwnedWeight router(again, 1, 40, 64, 1.0f);
    router.weight.name = "layers.1.router";
    const auto route = [&](Backend& b) { return get(b, b.linear(put(b, x, {3, 64}), {router.ref(), nullptr})); };
    QCOMPARE(route(*f32), route(*bf16));
  }
  // Matrices take no memory; what cannot be read is refused.
  void onlyVectorsArePrepared() {
    Random random(5);
    for (const Isa isa : training_isas()) {
      const auto backend = create_training_backend(isa, 1).value();
      OwnedWeight matrix(random, 1, 40, 64, 1.0f, DType::q4_0), vector(random, 1, 1, 64, 1.0f);
      QVERIFY(backend->prepare(1, matrix.weight).ok() && backend->prepare(1, vector.weight).ok());
      QCOMPARE(backend->bytes_to_prepare(matrix.weight), std::uint64_t{0});
      QVERIFY(backend->prepared_bytes(1).first + backend->prepared_bytes(1).second < 1024);
      Weight broken = matrix.weight;
      broken.bytes -= 1;
      QVERIFY(!backend->prepare(1, broken).ok());
      QVERIFY(backend->name().find("training") != std::string::npos);
    }
    QCOMPARE(create_training_backend(Isa::reference, 1).value()->name(), std::string("cpu reference"));
  }
};

QTEST_GUILESS_MAIN(TestTrainingBackend)
#include "test_training_backend.moc"
