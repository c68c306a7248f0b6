// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "engine/ops/tape.h"
#include "tests/engine/cpu/ops_fixture.h"

using namespace roundhouse;
using namespace roundhouse::test;

class TestExpertScale : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void eachPlaceIsMultipliedByItsExpert() {
    Random random(1);
    const auto backend = backend_with(2);
    OwnedWeight scale(random, 5, 1, 7, 1.0f);
    const Routing routing = random_routing(random, *backend, 12, 3, 5);
    const std::vector<float> y = normal(random, 12 * 3 * 7);
    const Tensor input = put(*backend, y, {12, 3, 7});
    const std::vector<float> scaled = get(*backend, backend->expert_scale(input, scale.ref(), routing));
    for (std::size_t place = 0; place < 36; ++place) {
      const std::int32_t expert = routing.ids.i32()[place];
      for (std::size_t j = 0; j < 7; ++j) QCOMPARE(scaled[place * 7 + j], expert < 0 ? y[place * 7 + j] : y[place * 7 + j] * scale.at(expert, 0, static_cast<std::int64_t>(j)));
    }
    QCOMPARE(get(*backend, input), y);
  }
  // On a tape, between ops that would write over what it saved: gradients of the scale and of what is below.
  void gradientsAreTheSlopes() {
    Random random(2);
    const auto backend = backend_with(2);
    OwnedWeight scale(random, 5, 1, 7, 1.0f), weight(random, 5, 7, 6, 0.5f), bias(random, 5, 1, 7, 0.5f);
    const Routing routing = random_routing(random, *backend, 12, 3, 5);
    const std::vector<float> x0 = normal(random, 12 * 6), seed = normal(random, 12 * 7);
    const auto forward = [&](Ops& ops, const Tensor& x) {
      const Tensor y = ops.expert_linear(x, weight.ref(), routing);
      return ops.combine(ops.expert_bias(ops.expert_scale(ops.expert_bias(y, bias.ref(), routing), scale.ref(), routing), bias.ref(), routing), routing);
    };
    const auto value = [&](const std::vector<float>& x) {
      const Ops::Mark mark = backend->mark();
      const double sum = inner(seed, get(*backend, forward(*backend, put(*backend, x, {12, 6}))));
      backend->release(mark);
      return sum;
    };
    Tape tape(*backend);
    const Tensor x = put(*backend, x0, {12, 6});
    tape.watch(x);
    const Tensor dscale = tape.watch(scale.ref());
    const Tensor y = forward(tape, x);
    QVERIFY(tape.backward(y, put(*backend, seed, {12, 7})).ok());
    QVERIFY(gradient_holds(random, x0, get(*backend, tape.gradient(x)), value));
    const std::vector<float> kept = scale.values;
    QVERIFY(gradient_holds(random, kept, get(*backend, dscale), [&](const std::vector<float>& values) {
      scale.values = values;
      scale.store();
      const double sum = value(x0);
      scale.values = kept;
      scale.store();
      return sum;
    }));
  }
};

QTEST_GUILESS_MAIN(TestExpertScale)
#include "test_expert_scale.moc"
