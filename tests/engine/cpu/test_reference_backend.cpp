// SPDX-License-Identifier: Apache-2.0
// reference_backend.cpp: the other operations, and what holds for all.
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "tests/engine/cpu/ops_fixture.h"

using namespace roundhouse;
using namespace roundhouse::test;

class TestReferenceBackend : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void combineIsTheWeightedSum() {
    Random random(4);
    const auto backend = backend_with(2);
    const Routing routing = random_routing(random, *backend, 12, 4, 6);
    // Unused places must not matter, whatever stands there.
    std::vector<float> y = normal(random, 12 * 4 * 10);
    for (int place = 0; place < 48; ++place) {
      if (routing.ids.i32()[place] < 0) std::fill_n(y.begin() + place * 10, 10, std::numeric_limits<float>::quiet_NaN());
    }
    const Tensor out = backend->combine(put(*backend, y, {12, 4, 10}), routing);
    for (int r = 0; r < 12; ++r) {
      for (int i = 0; i < 10; ++i) {
        double want = 0;
        for (int j = 0; j < 4; ++j) {
          if (routing.ids.i32()[r * 4 + j] >= 0) want += static_cast<double>(routing.weights.f32()[r * 4 + j]) * y[static_cast<std::size_t>((r * 4 + j) * 10 + i)];
        }
        QVERIFY(close(out.f32()[r * 10 + i], want));
      }
    }
  }

  void rmsNormDividesByTheRootMeanSquare() {
    Random random(5);
    const auto backend = backend_with(2);
    const OwnedWeight w(random, 1, 1, 37, 1.0f, DType::bf16);
    const std::vector<float> x = normal(random, 5 * 2 * 37, 3.0f);
    for (const bool weighted : {true, false}) {
      const Tensor y = backend->rms_norm(put(*backend, x, {5, 2, 37}), weighted ? w.ref() : nullptr, 1e-5f);
      for (std::size_t v = 0; v < 10; ++v) {
        double squares = 0;
        for (std::size_t i = 0; i < 37; ++i) squares += static_cast<double>(x[v * 37 + i]) * x[v * 37 + i];
        for (std::size_t i = 0; i < 37; ++i) {
          const double want = x[v * 37 + i] / std::sqrt(squares / 37 + 1e-5) * (weighted ? w.values[i] : 1.0f);
          QVERIFY(close(y.f32()[v * 37 + i], want, 2e-6));
        }
      }
    }
  }

  // Every row-wise op: a row among others, and with other thread counts, has the bits it has alone.
  void rowsDoNotDependOnTheBatchOrTheThreads() {
    Random random(9);
    const std::int32_t rows = 23, width = 50, experts = 12, vocabulary = 31;
    const OwnedWeight norm(random, 1, 1, width, 1.0f), w(random, 1, 44, width, 0.3f, DType::bf16), bias(random, 1, 1, 44, 1.0f);
    const OwnedWeight table(random, 1, vocabulary, width, 1.0f, DType::f16), router(random, 1, experts, width, 0.3f);
    const OwnedWeight selection(random, 1, 1, experts, 0.1f);
    const OwnedWeight gate(random, experts, 20, width, 0.3f), up(random, experts, 20, width, 0.3f, DType::f16), down(random, experts, width, 20, 0.3f);
    const OwnedWeight shared_gate(random, 1, 24, width, 0.3f), shared_up(random, 1, 24, width, 0.3f), shared_down(random, 1, width, 24, 0.3f);
    const OwnedWeight shared_by(random, 1, 1, width, 0.3f);
    const MoeWeights moe{router.ref(), nullptr, selection.ref(), {gate.ref(), up.ref(), down.ref()}, {shared_gate.ref(), shared_up.ref(), shared_down.ref()}, shared_by.ref()};
    const RouterSpec spec{.score = RouterScore::sigmoid, .experts = experts, .top_k = 3, .normalise = true, .normalise_epsilon = 1e-20f, .scale = 2.5f};
    RopeSpec rope;
    for (int i = 0; i < 10; ++i) rope.inv_freq.push_back(std::pow(100.0f, -static_cast<float>(i) / 10));
    const std::vector<float> x = normal(random, rows * width);

    const auto run = [&](int threads, std::int32_t first, std::int32_t count) {
      const auto backend = backend_with(threads);
      Random unused(1);
      OwnedBatch b(unused, {count}, vocabulary, 5 + first);
      for (std::int32_t r = 0; r < count; ++r) b.tokens[static_cast<std::size_t>(r)] = (first + r) % vocabulary;
      const Tensor t = put(*backend, {x.begin() + first * width, x.begin() + (first + count) * width}, {count, width});
      std::vector<std::vector<float>> results;
      const auto keep = [&](const Tensor& y) { results.push_back(get(*backend, y)); };
      keep(backend->embed(table.ref(), b.batch));
      keep(backend->linear(t, {w.ref(), bias.ref()}));
      keep(backend->rms_norm(t, norm.ref(), 1e-6f));
      keep(backend->norm_rope(t.reshaped({count, 2, 25}), nullptr, 0, rope, b.batch));
      keep(backend->moe(t, moe, spec, {}, b.batch, 0));
      keep(backend->scale(t, 0.7f));
      return results;
    };
    const auto all = run(1, 0, rows);
    for (const int threads : {2, 4}) QVERIFY(run(threads, 0, rows) == all);
    for (std::int32_t first = 0; first < rows;) {
      const std::int32_t count = std::min<std::int32_t>(rows - first, static_cast<std::int32_t>(1 + random() % 4));
      const auto part = run(2, first, count);
      for (std::size_t op = 0; op < all.size(); ++op) {
        const auto n = static_cast<std::ptrdiff_t>(all[op].size() / static_cast<std::size_t>(rows));
        QVERIFY2(std::equal(part[op].begin(), part[op].end(), all[op].begin() + first * n), qPrintable(QString::number(op)));
      }
      first += count;
    }
  }

  void gluOfEveryKind() {
    Random random(10);
    const auto backend = backend_with(2);
    const std::vector<float> gate = normal(random, 5000, 4.0f), up = normal(random, 5000, 4.0f);
    const std::map<ActivationKind, double (*)(double)> kinds = {
        {ActivationKind::silu, [](double g) { return g / (1 + std::exp(-g)); }},
        {ActivationKind::gelu, [](double g) { return 0.5 * g * std::erfc(-g / std::sqrt(2.0)); }},
        {ActivationKind::gelu_tanh, [](double g) { return 0.5 * g * (1 + std::tanh(std::sqrt(2 / M_PI) * (g + 0.044715 * g * g * g))); }},
        {ActivationKind::relu, [](double g) { return std::max(g, 0.0); }},
        {ActivationKind::relu_squared, [](double g) { return g > 0 ? g * g : 0.0; }}};
    for (const auto& [kind, act] : kinds) {
      const Tensor y = backend->glu(put(*backend, gate, {50, 100}), put(*backend, up, {50, 100}), {kind, 1.0f, 0.0f});
      for (std::size_t i = 0; i < gate.size(); ++i) {
        const double want = act(gate[i]) * up[i];
        QVERIFY(std::abs(y.f32()[i] - want) <= 1e-7 * std::abs(want) + 1e-12);
      }
      const Tensor ungated = backend->glu({}, put(*backend, up, {50, 100}), {kind, 1.0f, 0.0f});
      QCOMPARE(ungated.rank, 2);
      for (std::size_t i = 0; i < up.size(); ++i) {
        const double want = act(up[i]);
        QVERIFY(std::abs(ungated.f32()[i] - want) <= 1e-7 * std::abs(want) + 1e-12);
      }
    }
    const Tensor y = backend->glu(put(*backend, gate, {5000}), put(*backend, up, {5000}), {ActivationKind::swiglu_clamped, 1.702f, 7.0f});
    for (std::size_t i = 0; i < gate.size(); ++i) {
      const double g = std::min(gate[i], 7.0f), u = std::clamp(up[i], -7.0f, 7.0f);
      QVERIFY(close(y.f32()[i], g / (1 + std::exp(-static_cast<double>(1.702f) * g)) * (u + 1), 1e-6));
    }
  }

  void crossEntropyIsTheMeanOverWantedRows() {
    Random random(11);
    const auto backend = backend_with(2);
    const std::vector<float> logits = normal(random, 6 * 40, 20.0f);
    const std::int32_t targets[] = {3, -1, 39, 0, -100, 7};
    double want = 0;
    for (const std::size_t r : {0u, 2u, 3u, 5u}) {
      double sum = 0, largest = *std::max_element(logits.begin() + static_cast<std::ptrdiff_t>(r) * 40, logits.begin() + static_cast<std::ptrdiff_t>(r + 1) * 40);
      for (std::size_t i = 0; i < 40; ++i) sum += std::exp(logits[r * 40 + i] - largest);
      want += (std::log(sum) + largest - logits[r * 40 + static_cast<std::size_t>(targets[r])]) / 4;
    }
    const Tensor t = put(*backend, logits, {6, 40});
    QVERIFY(close(backend->cross_entropy(t, targets).f32()[0], want, 1e-6));
    const std::int32_t nothing[] = {-1, -1, -1, -1, -1, -1};
    QCOMPARE(backend->cross_entropy(t, nothing).f32()[0], 0.0f);
  }

  void residualAddWritesIntoItsFirstInput() {
    Random random(12);
    const auto backend = backend_with(1);
    const std::vector<float> a = normal(random, 30), b = normal(random, 30);
    const Tensor x = put(*backend, a, {3, 10}), y = put(*backend, b, {3, 10});
    const Tensor sum = backend->residual_add(x, y);
    QCOMPARE(sum.data, x.data);
    QVERIFY(sum.id != x.id);
    for (std::size_t i = 0; i < 30; ++i) QCOMPARE(sum.f32()[i], a[i] + b[i]);
    const std::int32_t rows[] = {0, 2};
    Batch batch;
    batch.rows = 3;
    batch.output_rows = rows;
    batch.outputs = 2;
    const std::vector<float> picked = get(*backend, backend->output_rows(y, batch));
    QVERIFY(std::equal(picked.begin() + 10, picked.end(), b.begin() + 20));
  }

  void weighInputIsTheTransposeOfCombine() {
    Random random(15);
    const auto backend = backend_with(2);
    const Routing routing = random_routing(random, *backend, 12, 4, 6);
    const std::vector<float> x = normal(random, 12 * 10);
    Routing plain = routing;
    plain.weights = {};
    for (const Routing& r : {routing, plain}) {
      const Tensor y = backend->weigh_input(put(*backend, x, {12, 10}), r);
      QCOMPARE(y.rank, 3);
      const std::vector<float> z = normal(random, 12 * 4 * 10);
      const Tensor sum = backend->combine(put(*backend, z, {12, 4, 10}), r);
      for (int place = 0; place < 48; ++place) {
        const float weight = r.ids.i32()[place] < 0 ? 0.0f : r.weights.defined() ? r.weights.f32()[place] : 1.0f;
        for (int i = 0; i < 10; ++i) QCOMPARE(y.f32()[place * 10 + i], weight * x[static_cast<std::size_t>(place / 4 * 10 + i)]);
      }
      QVERIFY(close(inner(get(*backend, y), z), inner(get(*backend, sum), x)));
    }
  }
};

QTEST_APPLESS_MAIN(TestReferenceBackend)
#include "test_reference_backend.moc"
