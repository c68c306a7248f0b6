// SPDX-License-Identifier: Apache-2.0
#include <QFloat16>
#include <QtTest>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "engine/base/half.h"

using namespace roundhouse;

namespace {
// The value of a finite binary16 by its definition.
double half_by_definition(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int mantissa = bits & 1023;
  const double magnitude = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
  return (bits & 0x8000) ? -magnitude : magnitude;
}
std::uint32_t bits_of(float value) { return std::bit_cast<std::uint32_t>(value); }
}  // namespace

class TestHalf : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void everyHalfHasItsDefinedValueAndComesBack() {
    for (std::uint32_t i = 0; i < 0x10000; ++i) {
      const auto bits = static_cast<std::uint16_t>(i);
      const float value = half_to_float(bits);
      if (((bits >> 10) & 31) == 31) {
        if ((bits & 1023) == 0) {
          QVERIFY(std::isinf(value) && std::signbit(value) == ((bits & 0x8000) != 0));
        } else {
          QVERIFY(std::isnan(value));
          QVERIFY(std::isnan(half_to_float(float_to_half(value))));
          continue;
        }
      } else {
        QCOMPARE(static_cast<double>(value), half_by_definition(bits));
        QCOMPARE(std::signbit(value), (bits & 0x8000) != 0);
      }
      QCOMPARE(float_to_half(value), bits);
    }
  }
  void floatsRoundToTheNearestHalfTiesToEven() {
    // Between each neighbouring pair: the exact middle goes to the even one, its neighbours to either side.
    for (std::uint32_t i = 0; i < 0x7C00; ++i) {
      const auto low = static_cast<std::uint16_t>(i);
      const auto high = static_cast<std::uint16_t>(i + 1);
      const double above = high == 0x7C00 ? 65536.0 : half_by_definition(high);
      const auto middle = static_cast<float>((half_by_definition(low) + above) / 2);  // exact in binary32
      QCOMPARE(float_to_half(middle), (low & 1) ? high : low);
      QCOMPARE(float_to_half(-middle), static_cast<std::uint16_t>(0x8000 | ((low & 1) ? high : low)));
      QCOMPARE(float_to_half(std::nextafter(middle, 0.0f)), low);
      QCOMPARE(float_to_half(std::nextafter(middle, 1e9f)), high);
    }
    QCOMPARE(float_to_half(std::numeric_limits<float>::max()), std::uint16_t{0x7C00});
    QCOMPARE(float_to_half(std::numeric_limits<float>::denorm_min()), std::uint16_t{0});
  }
  void bfloat16RoundsToNearestTiesToEven() {
    for (std::uint32_t i = 0; i < 0x7F80; ++i) {
      const auto low = static_cast<std::uint16_t>(i);
      const std::uint32_t middle = (i << 16) | 0x8000u;
      const auto even = static_cast<std::uint16_t>((low & 1) ? low + 1 : low);
      QCOMPARE(bits_of(bfloat16_to_float(low)), i << 16);
      QCOMPARE(float_to_bfloat16(bfloat16_to_float(low)), low);
      QCOMPARE(float_to_bfloat16(std::bit_cast<float>(middle)), even);
      QCOMPARE(float_to_bfloat16(std::bit_cast<float>(middle | 0x80000000u)), static_cast<std::uint16_t>(even | 0x8000));
      QCOMPARE(float_to_bfloat16(std::bit_cast<float>(middle - 1)), low);
      QCOMPARE(float_to_bfloat16(std::bit_cast<float>(middle + 1)), static_cast<std::uint16_t>(low + 1));
    }
    // A NaN whose payload lies only in the dropped half must not become infinity.
    QVERIFY(std::isnan(bfloat16_to_float(float_to_bfloat16(std::bit_cast<float>(0x7F800001u)))));
  }
  void agreesWithQtOnRandomFloats() {
    std::mt19937 random(4);
    for (int i = 0; i < 200000; ++i) {
      const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
      if (std::isnan(value)) continue;
      const qfloat16 theirs(value);
      QCOMPARE(float_to_half(value), std::bit_cast<std::uint16_t>(theirs));
    }
  }
};

QTEST_APPLESS_MAIN(TestHalf)
#include "test_half.moc"
