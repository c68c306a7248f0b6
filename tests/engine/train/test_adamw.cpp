// SPDX-License-Identifier: Apache-2.0
#include "engine/train/adamw.h"

#include <QtTest>

#include <random>

using namespace roundhouse;

namespace {

struct Owned {
  std::vector<float> value, gradient;
  Parameter parameter() { return {"p", value, gradient}; }
};

std::vector<float> numbers(std::mt19937& random, std::size_t count) {
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& v : values) v = normal(random);
  return values;
}

}  // namespace

class TestAdamW : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // Against the formula in double, with decay, a schedule's rate and clipping.
  void stepsFollowTheFormula() {
    std::mt19937 random(1);
    AdamWSettings settings{.learning_rate = 3e-3, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-6, .weight_decay = 0.1};
    AdamW optimiser(settings);
    Owned own{numbers(random, 50), std::vector<float>(50)};
    std::vector<double> value(own.value.begin(), own.value.end()), first(50), second(50);
    for (int step = 1; step <= 20; ++step) {
      own.gradient = numbers(random, 50);
      const double rate = 1.0 / step, clip = step % 3 == 0 ? 0.25 : 1.0;
      const Parameter parameter = own.parameter();
      optimiser.step({&parameter, 1}, rate, clip);
      for (std::size_t i = 0; i < 50; ++i) {
        const double g = clip * own.gradient[i], lr = settings.learning_rate * rate;
        value[i] -= lr * settings.weight_decay * value[i];
        first[i] = 0.8 * first[i] + 0.2 * g;
        second[i] = 0.95 * second[i] + 0.05 * g * g;
        value[i] -= lr * (first[i] / (1 - std::pow(0.8, step))) / (std::sqrt(second[i] / (1 - std::pow(0.95, step))) + 1e-6);
        QVERIFY(std::abs(value[i] - own.value[i]) < 1e-5);
      }
    }
    QCOMPARE(optimiser.state().steps, std::int64_t{20});
  }
  // The first step is the learning rate in the direction of the gradient's sign, whatever its size.
  void theFirstStepHasTheSizeOfTheLearningRate() {
    AdamW optimiser({.learning_rate = 0.01});
    Owned own{{1, 1, 1}, {1e-3f, -50, 0}};
    const Parameter parameter = own.parameter();
    optimiser.step({&parameter, 1});
    QVERIFY(std::abs(own.value[0] - 0.99f) < 1e-5 && std::abs(own.value[1] - 1.01f) < 1e-6 && own.value[2] == 1.0f);
  }
  void goingOnFromItsStateIsExact() {
    std::mt19937 random(2);
    std::vector<std::vector<float>> gradients;
    for (int i = 0; i < 10; ++i) gradients.push_back(numbers(random, 33));
    Owned whole{numbers(random, 33), {}}, parted = whole;
    AdamW one({.weight_decay = 0.01}), other = one;
    const auto run = [&](AdamW& optimiser, Owned& own, int from, int to) {
      for (int i = from; i < to; ++i) {
        own.gradient = gradients[static_cast<std::size_t>(i)];
        const Parameter parameter = own.parameter();
        optimiser.step({&parameter, 1});
      }
    };
    run(one, whole, 0, 10);
    run(other, parted, 0, 4);
    AdamW resumed(other.settings());
    resumed.restore(other.state());
    run(resumed, parted, 4, 10);
    QCOMPARE(parted.value, whole.value);
    QVERIFY(resumed.state() == one.state());
  }
  void theNormIsThatOfAllGradients() {
    Owned a{{0, 0}, {3, 0}}, b{{0}, {4}};
    const Parameter both[] = {a.parameter(), b.parameter()};
    QCOMPARE(gradient_norm(both), 5.0);
    QCOMPARE(gradient_norm({}), 0.0);
  }
};

QTEST_GUILESS_MAIN(TestAdamW)
#include "test_adamw.moc"
