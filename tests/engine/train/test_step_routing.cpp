// SPDX-License-Identifier: Apache-2.0
#include "engine/train/step_routing.h"

#include <QtTest>

#include <random>

using namespace roundhouse;

namespace {

RoutingLayout layout_of(const std::vector<std::int32_t>& experts) {
  RoutingLayout layout;
  for (const std::int32_t count : experts) layout.layers.push_back({static_cast<std::int32_t>(layout.layers.size()) * 2, count, 2, 0, "softmax"});
  return layout;
}

}  // namespace

class TestStepRouting : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void placesAndWeightsAreCountedByLayerAndExpert() {
    StepRouting routing(layout_of({4, 3}));
    // Two rows, two layers, two places.
    const std::vector<std::int32_t> ids{3, 1, 0, -1, 3, 0, 2, 0};
    const std::vector<float> weights{0.5f, 0.25f, 1.0f, 9.0f, 0.5f, 2.0f, 0.125f, 4.0f};
    routing.add(ids, weights, 2);
    QCOMPARE(routing.counts, (std::vector<std::vector<std::int64_t>>{{1, 1, 0, 2}, {2, 0, 1}}));
    QCOMPARE(routing.mass, (std::vector<std::vector<double>>{{2.0, 0.25, 0.0, 1.0}, {5.0, 0.0, 0.125}}));
    routing.add(ids, weights, 2);
    QCOMPARE(routing.counts[0][3], 4);
    routing.clear();
    QCOMPARE(routing.counts, StepRouting(layout_of({4, 3})).counts);
    QCOMPARE(routing.mass[0], std::vector<double>(4));
  }
  void theLargestLoadIsComparedWithTheMean() {
    QCOMPARE(max_violation(std::vector<std::int64_t>{10, 0, 5, 5}), 1.0);
    QCOMPARE(max_violation(std::vector<std::int64_t>{7, 7}), 0.0);
    QCOMPARE(max_violation(std::vector<std::int64_t>{0, 0}), 0.0);
  }
  void biasesMoveTowardsTheMeanLoad() {
    std::vector<float> bias{0.5f, 0, 0, -1};
    balance_biases(std::vector<std::int64_t>{10, 0, 5, 5}, 0.001, bias);
    QCOMPARE(bias, (std::vector<float>{0.499f, 0.001f, 0, -1}));
    balance_biases(std::vector<std::int64_t>{0, 0, 0, 0}, 0.001, bias);
    QCOMPARE(bias, (std::vector<float>{0.499f, 0.001f, 0, -1}));
    // A skewed router becomes balanced: top-1 of fixed scores plus bias.
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> moved(8);
    double last = 0;
    for (int step = 0; step < 400; ++step) {
      std::vector<std::int64_t> counts(8);
      for (int token = 0; token < 256; ++token) {
        std::size_t best = 0;
        float largest = -100;
        for (std::size_t e = 0; e < 8; ++e) {
          const float score = normal(random) + 0.5f * static_cast<float>(e) + moved[e];
          if (score > largest) {
            largest = score;
            best = e;
          }
        }
        ++counts[best];
      }
      if (step == 0) QVERIFY(max_violation(counts) > 1.5);
      last = max_violation(counts);
      balance_biases(counts, 0.02, moved);
    }
    QVERIFY(last < 0.5);
  }
  void driftIsTheShareOfOtherChoices() {
    // Two rows, two layers, two places; the order within a row is of no account.
    const std::vector<std::int32_t> base{1, 2, 5, 6, 3, 4, 7, -1}, now{2, 1, 5, 0, 3, 4, 8, 7};
    QCOMPARE(routing_drift(base, base, 2, 2), (std::vector<double>{0.0, 0.0}));
    QCOMPARE(routing_drift(base, now, 2, 2), (std::vector<double>{0.0, 0.5}));
  }
};

QTEST_GUILESS_MAIN(TestStepRouting)
#include "test_step_routing.moc"
