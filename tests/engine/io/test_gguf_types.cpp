// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "engine/io/gguf_types.h"

using namespace roundhouse;

class TestGgufTypes : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void numbersOfTypesAreTheFormats() {
    QVERIFY(dtype_from_gguf(0) == DType::f32 && dtype_from_gguf(2) == DType::q4_0 && dtype_from_gguf(8) == DType::q8_0);
    QVERIFY(dtype_from_gguf(12) == DType::q4_k && dtype_from_gguf(14) == DType::q6_k && dtype_from_gguf(30) == DType::bf16);
    QVERIFY(!dtype_from_gguf(4) && !dtype_from_gguf(31) && !dtype_from_gguf(1000));
    for (std::uint32_t number = 0; number < 64; ++number) {
      if (const auto type = dtype_from_gguf(number)) QVERIFY(gguf_from_dtype(*type) == number);
    }
    QVERIFY(!gguf_from_dtype(DType::u8));
    QCOMPARE(gguf_tensor_type_name(12), std::string("Q4_K"));
  }
  void namesValueTypes() {
    QCOMPARE(gguf_value_type_name(GgufValueType::u8), std::string_view("uint8"));
    QCOMPARE(gguf_value_type_name(GgufValueType::boolean), std::string_view("bool"));
    QCOMPARE(gguf_value_type_name(GgufValueType::array), std::string_view("array"));
    QCOMPARE(gguf_value_type_name(GgufValueType::f64), std::string_view("float64"));
    QCOMPARE(gguf_value_type_name(static_cast<GgufValueType>(13)), std::string_view("unknown"));
  }
};

QTEST_APPLESS_MAIN(TestGgufTypes)
#include "test_gguf_types.moc"
