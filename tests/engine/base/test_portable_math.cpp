// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <cmath>
#include <limits>
#include <random>

#include "engine/base/portable_math.h"

using namespace roundhouse;

class TestPortableMath : public QObject {
  Q_OBJECT
  // The largest error against long double, relative to max(|value|, floor).
  template <class F, class G>
  double worst(F ours, G exact, double low, double high, double floor = 0.0) {
    std::mt19937_64 random(3);
    std::uniform_real_distribution<double> uniform(low, high);
    double error = 0;
    for (int i = 0; i < 200000; ++i) {
      const double x = uniform(random);
      const long double want = exact(static_cast<long double>(x));
      const long double scale = std::max<long double>(std::abs(want), floor);
      error = std::max(error, static_cast<double>(std::abs(ours(x) - want) / scale));
    }
    return error;
  }

 private Q_SLOTS:
  void expAgrees() {
    const auto exact = [](long double x) { return std::exp(x); };
    QVERIFY(worst(portable::exp, exact, -1, 1) < 8e-16);
    QVERIFY(worst(portable::exp, exact, -700, 709) < 8e-16);
    QCOMPARE(portable::exp(0.0), 1.0);
    QCOMPARE(portable::exp(-1e4), 0.0);
    QCOMPARE(portable::exp(-std::numeric_limits<double>::infinity()), 0.0);
    QCOMPARE(portable::exp(1e4), std::numeric_limits<double>::infinity());
    QVERIFY(std::isnan(portable::exp(std::numeric_limits<double>::quiet_NaN())));
  }
  void logAgrees() {
    const auto exact = [](long double x) { return std::log(x); };
    QVERIFY(worst(portable::log, exact, 0.5, 2, 1e-3) < 1e-15);
    QVERIFY(worst(portable::log, exact, 1e-300, 1e-10) < 4e-16);
    QVERIFY(worst(portable::log, exact, 10, 1e300) < 4e-16);
    QCOMPARE(portable::log(1.0), 0.0);
    QVERIFY(std::isinf(portable::log(0.0)) && portable::log(0.0) < 0);
    QVERIFY(std::isnan(portable::log(-1.0)));
    const auto exact1 = [](long double x) { return std::log1p(x); };
    QVERIFY(worst(portable::log1p, exact1, 0, 1e-9) < 4e-16);
    QVERIFY(worst(portable::log1p, exact1, 0, 1) < 6e-16);
    QVERIFY(worst(portable::log1p, exact1, 1, 1e6) < 6e-16);
  }
  void sineAndCosineAgree() {
    const auto sine = [](double x) { double s, c; portable::sincos(x, s, c); return s; };
    const auto cosine = [](double x) { double s, c; portable::sincos(x, s, c); return c; };
    const auto exact_sine = [](long double x) { return std::sin(x); };
    const auto exact_cosine = [](long double x) { return std::cos(x); };
    for (const double range : {1.0, 10.0, 3000.0}) {
      QVERIFY(worst(sine, exact_sine, -range, range, 1.0) < 4e-16);
      QVERIFY(worst(cosine, exact_cosine, -range, range, 1.0) < 4e-16);
    }
    QVERIFY(worst(sine, exact_sine, -1e6, 1e6, 1.0) < 1e-10);
    QVERIFY(worst(cosine, exact_cosine, -1e6, 1e6, 1.0) < 1e-10);
    QCOMPARE(sine(0.0), 0.0);
    QCOMPARE(cosine(0.0), 1.0);
  }
  void hyperbolicAndErrorFunctionAgree() {
    const auto exact_tanh = [](long double x) { return std::tanh(x); };
    QVERIFY(worst(portable::tanh, exact_tanh, -30, 30) < 1e-12);
    QVERIFY(worst(portable::tanh, exact_tanh, -2e-3, 2e-3) < 1e-12);
    const auto exact_erf = [](long double x) { return std::erf(x); };
    QVERIFY(worst(portable::erf, exact_erf, -7, 7) < 1e-14);
    QVERIFY(worst(portable::erf, exact_erf, -0.1, 0.1) < 2e-15);
    QVERIFY(std::isnan(portable::erf(std::numeric_limits<double>::quiet_NaN())));
  }
  void sigmoidAndSoftplusAgree() {
    QVERIFY(worst(portable::sigmoid, [](long double x) { return 1 / (1 + std::exp(-x)); }, -700, 700) < 1e-15);
    QVERIFY(worst(portable::softplus, [](long double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); },
                  -600, 600) < 1e-15);
  }
};

QTEST_APPLESS_MAIN(TestPortableMath)
#include "test_portable_math.moc"
