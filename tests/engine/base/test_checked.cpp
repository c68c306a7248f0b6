// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <array>
#include <cstdint>
#include <limits>

#include "engine/base/checked.h"

using namespace roundhouse;

class TestChecked : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void agreesWithWideArithmeticForEveryPairOfBytes() {
    for (int a = -128; a < 128; ++a) {
      for (int b = -128; b < 128; ++b) {
        const auto x = static_cast<std::int8_t>(a);
        const auto y = static_cast<std::int8_t>(b);
        const auto same = [](std::optional<std::int8_t> result, int wide) {
          const bool fits = wide >= -128 && wide <= 127;
          return result.has_value() == fits && (!fits || *result == wide);
        };
        QVERIFY(same(checked_add(x, y), a + b));
        QVERIFY(same(checked_mul(x, y), a * b));
      }
    }
  }
  void multipliesDimensions() {
    const std::array<std::int64_t, 3> shape{576, 64, 16};
    QCOMPARE(*checked_product(std::span<const std::int64_t>(shape)), 589824);
    QCOMPARE(*checked_product(std::span<const std::int64_t>()), 1);
    const std::array<std::int64_t, 3> wrapping{std::int64_t{1} << 32, std::int64_t{1} << 32, 0};
    QVERIFY(!checked_product(std::span<const std::int64_t>(wrapping)));
    const std::array<std::int64_t, 2> negative{-2, -2};
    QVERIFY(!checked_product(std::span<const std::int64_t>(negative)));
  }
  void casts() {
    QVERIFY(!checked_cast<std::int64_t>(std::numeric_limits<std::uint64_t>::max()));
    QVERIFY(!checked_cast<std::uint32_t>(-1));
    QCOMPARE(*checked_cast<std::int64_t>(std::uint64_t{7}), 7);
  }
  void alignsUp() {
    QCOMPARE(*checked_align_up<std::uint64_t>(0, 32), 0u);
    QCOMPARE(*checked_align_up<std::uint64_t>(1, 32), 32u);
    QCOMPARE(*checked_align_up<std::uint64_t>(64, 32), 64u);
    QVERIFY(!checked_align_up<std::uint64_t>(std::numeric_limits<std::uint64_t>::max() - 3, 32));
  }
  void comparesRangesWithoutOverflow() {
    constexpr auto max = std::numeric_limits<std::uint64_t>::max();
    QVERIFY(range_within(0, 10, 10));
    QVERIFY(range_within(10, 0, 10));
    QVERIFY(!range_within(11, 0, 10));
    QVERIFY(!range_within(5, 6, 10));
    QVERIFY(!range_within(8, max, 10));
    QVERIFY(!range_within(max, 2, 10));
  }
};

QTEST_APPLESS_MAIN(TestChecked)
#include "test_checked.moc"
