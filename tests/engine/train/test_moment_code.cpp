// SPDX-License-Identifier: Apache-2.0
#include "engine/train/moment_code.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace roundhouse;

class TestMomentCode : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // Sign, decades of 10 with 64, 32, ... 1 values each, evenly spread, and 0 and 1.
  void theMapHasEachDecade() {
    for (const MomentCode* code : {&MomentCode::with_sign(), &MomentCode::without_sign()}) {
      const bool has_sign = code == &MomentCode::with_sign();
      const std::span<const float> map = code->map();
      QVERIFY(std::is_sorted(map.begin(), map.end()) && std::adjacent_find(map.begin(), map.end()) == map.end());
      QCOMPARE(map.front() < 0, has_sign);
      QCOMPARE(map.back(), 1.0f);
      QVERIFY(std::binary_search(map.begin(), map.end(), 0.0f));
      for (int decade = 0; decade < 7; ++decade) {
        const double top = std::pow(10.0, -decade);
        const auto within = std::count_if(map.begin(), map.end(), [&](float v) { return v > 0.1 * top && v < top * (1 - 1e-6); });
        QCOMPARE(within, (has_sign ? 64 : 128) >> decade);
      }
    }
  }
  // Each number becomes the value of the map that is nearest to its share of the largest, over many magnitudes.
  void numbersBecomeTheNearestValue() {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (const MomentCode* code : {&MomentCode::with_sign(), &MomentCode::without_sign()}) {
      const bool has_sign = code == &MomentCode::with_sign();
      for (int trial = 0; trial < 200; ++trial) {
        std::vector<float> values(1 + random() % MomentCode::block), back(values.size());
        for (float& v : values) {
          v = normal(random) * std::exp(4 * normal(random)) * std::pow(10.0f, static_cast<float>(trial % 40) - 20);
          if (!has_sign) v = std::abs(v);
        }
        std::vector<std::uint8_t> codes(values.size());
        const float scale = code->encode(values, codes.data());
        float largest = 0;
        for (const float v : values) largest = std::max(largest, std::abs(v));
        QCOMPARE(scale, largest);
        code->decode(codes, scale, back.data());
        for (std::size_t i = 0; i < values.size(); ++i) {
          double nearest = 2;
          for (const float m : code->map()) {
            if (!has_sign && values[i] > 0 && m == 0) continue;
            nearest = std::min(nearest, std::abs(static_cast<double>(m) - static_cast<double>(values[i]) / scale));
          }
          QVERIFY(std::abs(static_cast<double>(back[i]) - values[i]) <= (nearest + 1e-6 * std::abs(values[i] / scale) + 1e-12) * scale);
        }
      }
    }
  }
  void zerosStayZeros() {
    for (const MomentCode* code : {&MomentCode::with_sign(), &MomentCode::without_sign()}) {
      for (const float value : {0.0f, 1e-45f}) {  // what is below the smallest normal number is nothing
        const std::vector<float> values(5, value);
        std::vector<float> back(5, 1.0f);
        std::vector<std::uint8_t> codes(5, 77);
        const float scale = code->encode(values, codes.data());
        code->decode(codes, scale, back.data());
        QCOMPARE(back, std::vector<float>(5, 0.0f));
      }
    }
  }
  void withoutASignNothingAboveZeroBecomesZero() {
    const std::vector<float> values{1.0f, 1e-30f, 0.0f};
    std::vector<float> back(3);
    std::vector<std::uint8_t> codes(3);
    MomentCode::without_sign().decode(codes, MomentCode::without_sign().encode(values, codes.data()), back.data());
    QVERIFY(back[1] > 0 && back[1] < 1e-6f && back[2] == 0);
  }
  void whatIsNoNumberIsNotHidden() {
    for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
      for (const std::size_t at : {0, 2}) {
        std::vector<float> values{1, 2, 3};
        values[at] = bad;
        std::vector<std::uint8_t> codes(3);
        QVERIFY(!std::isfinite(MomentCode::with_sign().encode(values, codes.data())));
      }
    }
  }
};

QTEST_GUILESS_MAIN(TestMomentCode)
#include "test_moment_code.moc"
