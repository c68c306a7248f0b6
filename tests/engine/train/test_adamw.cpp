// SPDX-License-Identifier: Apache-2.0
#include "engine/train/adamw.h"

#include <QtTest>

#include <random>

using namespace roundhouse;

namespace {

struct Owned {
  std::vector<float> value, gradient;
  double rate = 1.0;
  bool decays = true;
  Parameter parameter() { return {"p", value, gradient, rate, decays}; }
};

constexpr AdamWSettings::Moments both_moments[] = {AdamWSettings::Moments::float32, AdamWSettings::Moments::int8};

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
  // As LoRA+ wants it: a parameter's own rate, for its steps and its decay; biases do not decay.
  void aParameterHasItsOwnRateAndMayNotDecay() {
    std::mt19937 random(3);
    AdamW together({.learning_rate = 1e-2, .weight_decay = 0.3}), faster({.learning_rate = 16e-2, .weight_decay = 0.3}), still({.learning_rate = 1e-2});
    const std::vector<float> start = numbers(random, 40);
    Owned quick{start, {}, 16.0}, bias{start, {}, 1.0, false}, as_quick{start, {}}, as_bias{start, {}};
    for (int step = 0; step < 5; ++step) {
      quick.gradient = bias.gradient = as_quick.gradient = as_bias.gradient = numbers(random, 40);
      const Parameter both[] = {quick.parameter(), bias.parameter()}, one[] = {as_quick.parameter()}, other[] = {as_bias.parameter()};
      together.step(both);
      faster.step(one);
      still.step(other);
    }
    for (std::size_t i = 0; i < 40; ++i) QVERIFY(std::abs(quick.value[i] - as_quick.value[i]) < 1e-5f);
    QCOMPARE(bias.value, as_bias.value);
    QVERIFY(quick.value != bias.value);
  }
  // Going on from a state gives the same bits; arrays that are no whole number of blocks too.
  void goingOnFromItsStateIsExact() {
    for (const auto moments : both_moments) {
      std::mt19937 random(2);
      std::vector<std::vector<float>> gradients;
      for (int i = 0; i < 10; ++i) gradients.push_back(numbers(random, 600));
      Owned whole{numbers(random, 600), {}}, parted = whole;
      AdamW one({.weight_decay = 0.01, .moments = moments}), other = one;
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
      const Parameter parameter = parted.parameter();
      QVERIFY(resumed.restore(other.state(), {&parameter, 1}).ok());
      run(resumed, parted, 4, 10);
      QCOMPARE(parted.value, whole.value);
      QVERIFY(resumed.state() == one.state() && !(other.state() == one.state()));
    }
  }
  void aStateOfOtherParametersIsRefused() {
    for (const auto moments : both_moments) {
      Owned own{std::vector<float>(300, 1.0f), std::vector<float>(300, 0.5f)}, longer{std::vector<float>(301), std::vector<float>(301)};
      const Parameter parameter = own.parameter(), other = longer.parameter(), two[] = {parameter, parameter};
      AdamW optimiser({.moments = moments});
      optimiser.step({&parameter, 1});
      const AdamW::State state = optimiser.state();
      AdamW fresh(optimiser.settings());
      QVERIFY(!fresh.restore(state, {&other, 1}).ok() && !fresh.restore(state, two).ok());
      AdamW otherwise({.moments = moments == both_moments[0] ? both_moments[1] : both_moments[0]});
      QVERIFY(!otherwise.restore(state, {&parameter, 1}).ok());
      QVERIFY(fresh.state() == AdamW::State{} && fresh.restore(state, {&parameter, 1}).ok());
      QVERIFY(fresh.restore({}, {&parameter, 1}).ok());  // from the start
    }
  }
  // A quadratic of different curvatures under noisy gradients: 8-bit moments come as near to its least as float32 ones,
  // in about a quarter of their memory.
  void momentsOfEightBitsTrainLikeFloat32() {
    constexpr std::size_t count = 2000;
    double distance[2];
    std::uint64_t bytes[2];
    for (const int kind : {0, 1}) {
      std::mt19937 random(7);
      std::normal_distribution<float> normal;
      const std::vector<float> least = numbers(random, count);
      std::vector<float> curvature(count);
      for (float& c : curvature) c = std::exp(normal(random));  // second moments over five decades
      Owned own{std::vector<float>(count), std::vector<float>(count)};
      AdamW optimiser({.learning_rate = 2e-2, .moments = both_moments[kind]});
      constexpr int steps = 600;
      for (int step = 0; step < steps; ++step) {
        for (std::size_t i = 0; i < count; ++i) own.gradient[i] = curvature[i] * (own.value[i] - least[i] + 0.3f * normal(random));
        const Parameter parameter = own.parameter();
        optimiser.step({&parameter, 1}, 1.0 - static_cast<double>(step) / steps);
      }
      distance[kind] = 0;
      for (std::size_t i = 0; i < count; ++i) distance[kind] += std::pow(own.value[i] - least[i], 2) / count;
      bytes[kind] = optimiser.state().bytes();
    }
    QVERIFY2(distance[0] < 1e-3 && distance[1] < 1.25 * distance[0], qPrintable(QString("%1 and %2").arg(distance[0]).arg(distance[1])));
    QVERIFY(bytes[0] == 2 * 4 * count && static_cast<double>(bytes[1]) < 0.26 * static_cast<double>(bytes[0]));
  }
  // A second moment that were lost beside a first one would make a huge step.
  void aSmallGradientBesideLargeOnesMakesNoHugeStep() {
    AdamW optimiser({.learning_rate = 1e-3, .moments = AdamWSettings::Moments::int8});
    Owned own{std::vector<float>(256), std::vector<float>(256, 1e-4f)};
    own.gradient[0] = 1.0f;
    for (int step = 0; step < 20; ++step) {
      const Parameter parameter = own.parameter();
      optimiser.step({&parameter, 1});
    }
    for (const float v : own.value) QVERIFY(std::abs(v) < 25 * 1e-3f);
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
