// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "engine/ops/tape.h"
#include "tests/engine/cpu/ops_fixture.h"

using namespace roundhouse;
using namespace roundhouse::test;

namespace {

struct Bottlenecks {
  OwnedWeight down, down_bias, up, up_bias;
  explicit Bottlenecks(Random& random) : down(random, 2, 4, 7, 0.6f), down_bias(random, 2, 1, 4, 0.5f), up(random, 2, 7, 4, 0.6f), up_bias(random, 2, 1, 7, 0.5f) {}
  BottleneckWeights weights() { return {down.ref(), down_bias.ref(), up.ref(), up_bias.ref(), {ActivationKind::silu}}; }
};

}  // namespace

class TestBottleneck : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void rowsFollowTheFormulaOfTheirAdapter() {
    Random random(1);
    const auto backend = backend_with(2);
    Bottlenecks own(random);
    OwnedBatch owned(random, {5}, 10);
    const std::vector<std::int32_t> adapter{0, -1, 1, 1, 0};
    owned.batch.adapter = adapter.data();
    const std::vector<float> y = normal(random, 5 * 7);
    const std::vector<float> got = get(*backend, backend->bottleneck(put(*backend, y, {5, 7}), own.weights(), owned.batch));
    for (std::size_t row = 0; row < 5; ++row) {
      for (std::int64_t j = 0; j < 7; ++j) {
        double expected = y[row * 7 + static_cast<std::size_t>(j)];
        const std::int32_t a = adapter[row];
        if (a >= 0) expected += own.up_bias.at(a, 0, j);
        for (std::int64_t w = 0; a >= 0 && w < 4; ++w) {
          double hidden = own.down_bias.at(a, 0, w);
          for (std::int64_t i = 0; i < 7; ++i) hidden += static_cast<double>(own.down.at(a, w, i)) * y[row * 7 + static_cast<std::size_t>(i)];
          expected += own.up.at(a, j, w) * hidden / (1 + std::exp(-hidden));
        }
        QVERIFY(close(got[row * 7 + static_cast<std::size_t>(j)], expected));
      }
    }
    owned.batch.adapter = nullptr;
    QCOMPARE(get(*backend, backend->bottleneck(put(*backend, y, {5, 7}), own.weights(), owned.batch)), y);
  }
  void gradientsAreTheSlopes() {
    Random random(2);
    const auto backend = backend_with(2);
    Bottlenecks own(random);
    OwnedBatch owned(random, {6}, 10);
    const std::vector<std::int32_t> adapter{0, -1, 1, 1, 0, 1};
    owned.batch.adapter = adapter.data();
    const std::vector<float> y0 = normal(random, 6 * 7), seed = normal(random, 6 * 7);
    const auto value = [&](const std::vector<float>& y) {
      const Ops::Mark mark = backend->mark();
      const double sum = inner(seed, get(*backend, backend->bottleneck(put(*backend, y, {6, 7}), own.weights(), owned.batch)));
      backend->release(mark);
      return sum;
    };
    Tape tape(*backend);
    const Tensor y = put(*backend, y0, {6, 7});
    tape.watch(y);
    OwnedWeight* const weights[] = {&own.down, &own.down_bias, &own.up, &own.up_bias};
    std::vector<Tensor> buffers;
    for (const OwnedWeight* w : weights) buffers.push_back(tape.watch(w->ref()));
    QVERIFY(tape.backward(tape.bottleneck(y, own.weights(), owned.batch), put(*backend, seed, {6, 7})).ok());
    QVERIFY(gradient_holds(random, y0, get(*backend, tape.gradient(y)), value));
    for (std::size_t i = 0; i < 4; ++i) {
      OwnedWeight& w = *weights[i];
      const std::vector<float> kept = w.values;
      QVERIFY(gradient_holds(random, kept, get(*backend, buffers[i]), [&](const std::vector<float>& values) {
        w.values = values;
        w.store();
        const double sum = value(y0);
        w.values = kept;
        w.store();
        return sum;
      }));
    }
  }
};

QTEST_GUILESS_MAIN(TestBottleneck)
#include "test_bottleneck.moc"
