// SPDX-License-Identifier: Apache-2.0
// Tests of engine/ops: ops
// Feed-forward networks with and without gate, biases and adapters, against sums written out in double.
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <vector>

#include "tests/engine/cpu/ops_fixture.h"

using namespace roundhouse;
using namespace roundhouse::test;

namespace {

constexpr std::int64_t width = 20, hidden = 14, out = 9, rank = 2, adapters = 2;
constexpr std::int32_t experts = 5;

struct Network {
  std::deque<OwnedWeight> own;
  FfnWeights w;
  Activation activation;

  const OwnedWeight& find(WeightRef ref) const {
    return *std::find_if(own.begin(), own.end(), [&](const OwnedWeight& o) { return o.ref() == ref; });
  }
  Network(Random& random, std::int64_t stack, bool gated, bool biased, bool adapted) {
    const auto make = [&](std::int64_t count, std::int64_t rows, std::int64_t cols) { return own.emplace_back(random, count, rows, cols, 0.4f).ref(); };
    const auto beside = [&](std::int64_t rows, std::int64_t cols) {
      return adapted ? AdapterWeights{make(adapters * stack, rank, cols), make(adapters * stack, rows, rank)} : AdapterWeights{};
    };
    if (gated) {
      w.gate = make(stack, hidden, width);
      w.gate_adapters = beside(hidden, width);
    }
    w.up = make(stack, hidden, width);
    w.up_adapters = beside(hidden, width);
    w.down = make(stack, out, hidden);
    w.down_adapters = beside(out, hidden);
    if (biased) {
      if (gated) w.gate_bias = make(stack, 1, hidden);
      w.up_bias = make(stack, 1, hidden);
      w.down_bias = make(stack, 1, out);
    }
    activation = gated ? Activation{ActivationKind::swiglu_clamped, 1.702f, 0.8f} : Activation{ActivationKind::relu_squared};
  }

  std::vector<double> product(const std::vector<double>& x, WeightRef weight, WeightRef bias, const AdapterWeights& beside,
                              std::int64_t expert, std::int64_t adapter) const {
    const OwnedWeight& m = find(weight);
    std::vector<double> y(static_cast<std::size_t>(m.weight.rows));
    for (std::size_t r = 0; r < y.size(); ++r) {
      const auto row = static_cast<std::int64_t>(r);
      y[r] = bias ? find(bias).at(expert, 0, row) : 0.0f;
      for (std::size_t c = 0; c < x.size(); ++c) {
        double value = m.at(expert, row, static_cast<std::int64_t>(c));
        for (std::int64_t i = 0; i < rank && beside.a && adapter >= 0; ++i) {
          const std::int64_t copy = adapter * m.weight.experts + expert;
          value += static_cast<double>(find(beside.b).at(copy, row, i)) * find(beside.a).at(copy, i, static_cast<std::int64_t>(c));
        }
        y[r] += value * x[c];
      }
    }
    return y;
  }
  std::vector<double> run(const std::vector<double>& x, std::int64_t expert, std::int64_t adapter) const {
    std::vector<double> inner = product(x, w.up, w.up_bias, w.up_adapters, expert, adapter);
    const std::vector<double> gate = w.gate ? product(x, w.gate, w.gate_bias, w.gate_adapters, expert, adapter) : std::vector<double>();
    for (std::size_t i = 0; i < inner.size(); ++i) {
      if (gate.empty()) {
        inner[i] = inner[i] > 0 ? inner[i] * inner[i] : 0.0;
      } else {
        const double limit = activation.limit, g = std::min(gate[i], limit);
        inner[i] = g / (1 + std::exp(-static_cast<double>(activation.alpha) * g)) * (std::clamp(inner[i], -limit, limit) + 1);
      }
    }
    return product(inner, w.down, w.down_bias, w.down_adapters, expert, adapter);
  }
};

}  // namespace

class TestFfn : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void networksAreWhatTheyAreMadeOf_data() {
    QTest::addColumn<bool>("gated");
    QTest::addColumn<bool>("biased");
    QTest::addColumn<bool>("adapted");
    for (const bool gated : {true, false}) {
      for (const bool biased : {true, false}) {
        for (const bool adapted : {true, false}) QTest::addRow("gate %d, biases %d, adapters %d", gated, biased, adapted) << gated << biased << adapted;
      }
    }
  }
  void networksAreWhatTheyAreMadeOf() {
    QFETCH(bool, gated);
    QFETCH(bool, biased);
    QFETCH(bool, adapted);
    Random random(21);
    const auto backend = backend_with(2);
    constexpr std::int32_t rows = 12, k = 3;
    OwnedBatch owned(random, {rows}, 10);
    std::vector<std::int32_t> adapter;
    for (std::int32_t r = 0; r < rows; ++r) adapter.push_back(r % 3 - 1);
    owned.batch.adapter = adapter.data();
    const std::vector<float> x = normal(random, rows * width);
    const auto row = [&](std::int64_t r) { return std::vector<double>(x.begin() + r * width, x.begin() + (r + 1) * width); };
    const Network dense(random, 1, gated, biased, adapted), routed(random, experts, gated, biased, adapted);
    const Routing routing = random_routing(random, *backend, rows, k, experts);
    const Tensor tx = put(*backend, x, {rows, width});
    const Tensor y = backend->dense_ffn(tx, dense.w, dense.activation, owned.batch);
    const Tensor z = backend->routed_ffn(tx, routed.w, routed.activation, routing, owned.batch);
    for (std::int32_t r = 0; r < rows; ++r) {
      const std::int32_t of_row = adapter[static_cast<std::size_t>(r)];
      std::vector<double> sum(out, 0.0);
      for (std::int32_t p = r * k; p < (r + 1) * k; ++p) {
        if (routing.ids.i32()[p] < 0) continue;
        const std::vector<double> of_place = routed.run(row(r), routing.ids.i32()[p], of_row);
        for (std::size_t o = 0; o < out; ++o) sum[o] += static_cast<double>(routing.weights.f32()[p]) * of_place[o];
      }
      const std::vector<double> whole = dense.run(row(r), 0, of_row);
      for (std::size_t o = 0; o < out; ++o) {
        QVERIFY2(close(y.f32()[r * out + static_cast<std::int64_t>(o)], whole[o], 1e-4), qPrintable(QString::number(whole[o])));
        QVERIFY2(close(z.f32()[r * out + static_cast<std::int64_t>(o)], sum[o], 1e-4), qPrintable(QString::number(sum[o])));
      }
    }
  }

  // `down` says whether there is a shared network: one without a gate is there.
  void aSharedNetworkNeedsNoGate() {
    Random random(22);
    const auto backend = backend_with(1);
    const OwnedBatch owned(random, {4}, 10);
    const Network routed(random, experts, false, false, false), shared(random, 1, false, false, false);
    const OwnedWeight router(random, 1, experts, width, 0.3f);
    const Tensor x = put(*backend, normal(random, 4 * width), {4, width});
    MoeWeights moe;
    moe.router = router.ref();
    moe.experts = routed.w;
    const RouterSpec spec{.experts = experts, .top_k = 2};
    std::vector<float> want = get(*backend, backend->moe(x, moe, spec, routed.activation, owned.batch, 0));
    const std::vector<float> more = get(*backend, backend->dense_ffn(x, shared.w, shared.activation, owned.batch));
    for (std::size_t i = 0; i < want.size(); ++i) want[i] += more[i];
    moe.shared = shared.w;
    QCOMPARE(get(*backend, backend->moe(x, moe, spec, routed.activation, owned.batch, 0)), want);
  }
};

QTEST_APPLESS_MAIN(TestFfn)
#include "test_ffn.moc"
