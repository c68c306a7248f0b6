// SPDX-License-Identifier: Apache-2.0
#include "engine/model/weight_update.h"

#include <QtTest>

#include "tests/engine/fixtures/random_adapter.h"
#include "tests/engine/fixtures/tiny_model.h"

using namespace roundhouse;
using namespace roundhouse::testing;

class TestWeightUpdate : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // (That the sum is right: test_lora.)
  void expertsWhoseBIsZeroAreNotTouched() {
    const auto model = tiny_model();
    std::mt19937 random(3);
    LoraAdapter adapter{"a", {random_module(random, *model, {"layers.1.experts.down"}, 2)}, {}};
    std::vector<float>& b = adapter.modules[0].targets[0].b;
    std::fill(b.begin() + 3 * 32 * 2, b.begin() + 4 * 32 * 2, 0.0f);  // of expert 3
    const auto updates = lora_updates(adapter);
    QCOMPARE(updates.size(), std::size_t{1});
    QCOMPARE(updates[0].weight, std::string("layers.1.experts.down"));
    for (std::int64_t e = 0; e < 8; ++e) QCOMPARE(updates[0].touches(e), e != 3);
  }
  // Whatever the method: here rows that are replaced (whole experts trained), and others left as they are.
  void anyFunctionOfRowsIsApplied() {
    const auto model = tiny_model();
    const WeightUpdate replace{"layers.2.experts.up", [](std::int64_t expert) { return expert == 5; },
                               [](std::int64_t expert, std::int64_t row, float* values) { std::fill_n(values, 32, static_cast<float>(100 * expert + row)); }};
    const auto changed = update_weights(model, {replace});
    QVERIFY(changed.ok());
    const WeightRef before = model->weights().find("layers.2.experts.up"), after = (*changed)->weights().find("layers.2.experts.up");
    QCOMPARE((*changed)->weights().layers[2].moe.experts.up, after);
    const auto* const was = reinterpret_cast<const float*>(before->data);
    const auto* const is = reinterpret_cast<const float*>(after->data);
    for (std::int64_t i = 0; i < 8 * 16 * 32; ++i) {
      const std::int64_t expert = i / (16 * 32), row = i / 32 % 16;
      QCOMPARE(is[i], expert == 5 ? static_cast<float>(500 + row) : was[i]);
    }
    QCOMPARE((*changed)->weights().find("layers.2.q")->data, model->weights().find("layers.2.q")->data);
  }
  // A replaced row, then a sum, then another: in that order, each for the experts that it touches.
  void severalOfOneWeightAreAppliedInTheirOrder() {
    const auto add = [](float what) { return [what](std::int64_t, std::int64_t, float* values) { values[0] += what; }; };
    const auto chain = chained({{"w", [](std::int64_t e) { return e == 1; }, [](std::int64_t, std::int64_t, float* values) { values[0] = 10; }},
                                {"other", {}, add(1)},
                                {"w", [](std::int64_t e) { return e < 2; }, add(2)},
                                {"w", [](std::int64_t e) { return e == 1; }, add(30)}});
    QCOMPARE(chain.size(), std::size_t{2});
    QCOMPARE(chain[0].weight, std::string("w"));
    for (const auto& [expert, expected] : {std::pair(0, 7.0f), {1, 42.0f}}) {
      QVERIFY(chain[0].touches(expert));
      float value = 5;
      chain[0].apply(expert, 0, &value);
      QCOMPARE(value, expected);
    }
    QVERIFY(!chain[0].touches(2));
  }
  void aWeightThatIsNotThereIsAnError() {
    const auto changed = update_weights(tiny_model(), {{"layers.9.q", {}, [](std::int64_t, std::int64_t, float*) {}}});
    QVERIFY(!changed.ok());
    QCOMPARE(changed.error().object, std::string("layers.9.q"));
  }
};

QTEST_GUILESS_MAIN(TestWeightUpdate)
#include "test_weight_update.moc"
