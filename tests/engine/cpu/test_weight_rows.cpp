// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "engine/cpu/weight_rows.h"
#include "tests/engine/cpu/ops_fixture.h"

using namespace roundhouse;
using namespace roundhouse::test;

class TestWeightRows : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void readsEveryRowOfEveryExpertAtAnyAlignment() {
    Random random(1);
    for (const DType type : {DType::f32, DType::bf16, DType::q8_0, DType::q4_0}) {
      for (const std::size_t misalign : {0u, 1u, 4u}) {
        const OwnedWeight w(random, 3, 4, 64, 1.0f, type, misalign);
        std::vector<float> out(64);
        for (std::int64_t expert = 0; expert < 3; ++expert) {
          for (std::int64_t row = 0; row < 4; ++row) {
            const float* values = weight_row(w.weight, expert, row, out.data());
            for (std::int64_t i = 0; i < 64; ++i) QCOMPARE(values[i], w.at(expert, row, i));
          }
        }
      }
    }
  }

  void refusesWeightsThatDoNotHoldTogether() {
    Random random(14);
    OwnedWeight w(random, 1, 8, 32, 1.0f);
    QVERIFY(check_host_weight(w.weight).ok());
    const auto code = [&](auto change) {
      Weight changed = w.weight;
      change(changed);
      const Status status = check_host_weight(changed);
      if (status.ok()) return ErrorCode::internal;
      return status.error().message().find(changed.name) != std::string::npos ? status.error().code : ErrorCode::internal;
    };
    QVERIFY(code([](Weight& x) { x.bytes -= 4; }) == ErrorCode::invalid_argument);
    QVERIFY(code([](Weight& x) { x.rows = 9; }) == ErrorCode::invalid_argument);
    QVERIFY(code([](Weight& x) { x.rows = std::numeric_limits<std::int64_t>::max(); }) == ErrorCode::invalid_argument);
    QVERIFY(code([](Weight& x) { x.cols = 0; }) == ErrorCode::invalid_argument);
    QVERIFY(code([](Weight& x) { x.type = DType::q8_0; x.cols = 31; }) == ErrorCode::invalid_argument);
    QVERIFY(code([](Weight& x) { x.type = DType::i32; }) == ErrorCode::unsupported);
    QVERIFY(code([](Weight& x) { x.residency = Residency::device; }) == ErrorCode::unsupported);
    QVERIFY(code([](Weight& x) { x.data = nullptr; }) == ErrorCode::invalid_argument);
  }
};

QTEST_APPLESS_MAIN(TestWeightRows)
#include "test_weight_rows.moc"
