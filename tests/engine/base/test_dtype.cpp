// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <limits>
#include <set>

#include "engine/base/dtype.h"

using namespace roundhouse;

class TestDType : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void namesAreUniqueAndFoundAgain() {
    std::set<std::string_view> names;
    for (int i = 0; i < dtype_count; ++i) {
      const auto type = static_cast<DType>(i);
      QVERIFY(names.insert(dtype_name(type)).second);
      QVERIFY(dtype_from_name(dtype_name(type)) == type);
    }
    QVERIFY(!dtype_from_name("q9_9"));
    QVERIFY(!dtype_from_name(""));
    QVERIFY(!dtype_from_name("F32"));
  }
  void rowsAreWholeBlocks() {
    QCOMPARE(*dtype_row_bytes(DType::f32, 7), 28);
    QCOMPARE(*dtype_row_bytes(DType::q4_0, 576), 576 / 32 * 18);
    QCOMPARE(*dtype_row_bytes(DType::q6_k, 512), 420);
    QCOMPARE(*dtype_row_bytes(DType::q4_k, 0), 0);
    QVERIFY(!dtype_row_bytes(DType::q4_k, 128));
    QVERIFY(!dtype_row_bytes(DType::q8_0, 33));
    QVERIFY(!dtype_row_bytes(DType::f32, -4));
    QVERIFY(!dtype_row_bytes(DType::f64, std::numeric_limits<std::int64_t>::max() / 2));
  }
};

QTEST_APPLESS_MAIN(TestDType)
#include "test_dtype.moc"
