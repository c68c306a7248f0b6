// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <limits>

#include "engine/io/gguf_metadata.h"
#include "file_fixture.h"

using namespace roundhouse;

namespace {
GgufMetadata example() {
  GgufMetadata metadata("m.gguf");
  metadata.add("u32", GgufValue::of_u32(7));
  metadata.add("i32", GgufValue::of_i32(-7));
  metadata.add("u64", GgufValue::of_u64(std::numeric_limits<std::uint64_t>::max()));
  metadata.add("f32", GgufValue::of_f32(0.1f));
  metadata.add("yes", GgufValue::of_bool(true));
  metadata.add("text", GgufValue::of_string("ChatML\n"));
  metadata.add("words", GgufValue::of_strings({"a", "b c"}));
  metadata.add("ints", GgufValue::of_i32s({1, -2, 3}));
  metadata.add("reals", GgufValue::of_f32s({0.5, 2}));
  metadata.add("bools", {GgufValueType::array, GgufArray{GgufValueType::boolean, std::vector<std::uint64_t>{1, 0}}});
  metadata.add("big", {GgufValueType::array, GgufArray{GgufValueType::u64, std::vector<std::uint64_t>{1, std::uint64_t{1} << 63}}});
  return metadata;
}
}  // namespace

class TestGgufMetadata : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void givesValuesByKind() {
    const GgufMetadata metadata = example();
    QCOMPARE(*metadata.integer("u32"), 7);
    QCOMPARE(*metadata.integer("i32"), -7);
    QCOMPARE(*metadata.number("f32"), static_cast<double>(0.1f));
    QCOMPARE(*metadata.number("i32"), -7.0);
    QCOMPARE(*metadata.boolean("yes"), true);
    QCOMPARE(*metadata.string("text"), std::string("ChatML\n"));
    QCOMPARE((*metadata.strings("words"))->at(1), std::string("b c"));
    QVERIFY(*metadata.integers("ints") == (std::vector<std::int64_t>{1, -2, 3}));
    QVERIFY(*metadata.numbers("ints") == (std::vector<double>{1, -2, 3}));
    QVERIFY(*metadata.numbers("reals") == (std::vector<double>{0.5, 2}));
    QVERIFY(*metadata.booleans("bools") == (std::vector<bool>{true, false}));
    QCOMPARE(metadata.entries().size(), std::size_t{11});
    QCOMPARE(metadata.entries()[5].key, std::string("text"));
  }
  void fallsBackOnlyForMissingKeys() {
    const GgufMetadata metadata = example();
    QCOMPARE(*metadata.integer_or("none", 5), 5);
    QCOMPARE(*metadata.integer_or("u32", 5), 7);
    QCOMPARE(*metadata.number_or("none", 0.5), 0.5);
    QCOMPARE(*metadata.boolean_or("none", true), true);
    QCOMPARE(*metadata.string_or("none", "x"), std::string("x"));
    RH_VERIFY_ERROR(metadata.integer_or("text", 5), ErrorCode::malformed, "'text' in m.gguf", "an integer", "string ChatML\\x0A");
    RH_VERIFY_ERROR(metadata.boolean_or("u32", false), ErrorCode::malformed, "a bool", "uint32 7");
    RH_VERIFY_ERROR(metadata.string_or("f32", ""), ErrorCode::malformed, "a string", "float32 0.1");
    RH_VERIFY_ERROR(metadata.number_or("yes", 0), ErrorCode::malformed, "a number", "bool true");
  }
  void saysKeyKindAndFile() {
    const GgufMetadata metadata = example();
    RH_VERIFY_ERROR(metadata.integer("none"), ErrorCode::not_found, "'none' in m.gguf", "an integer", "no such key");
    RH_VERIFY_ERROR(metadata.integer("u64"), ErrorCode::malformed, "18446744073709551615");
    RH_VERIFY_ERROR(metadata.integer("yes"), ErrorCode::malformed, "an integer");
    RH_VERIFY_ERROR(metadata.strings("ints"), ErrorCode::malformed, "an array of strings", "array of 3 int32");
    RH_VERIFY_ERROR(metadata.integers("u32"), ErrorCode::malformed, "an array of integers", "uint32 7");
    RH_VERIFY_ERROR(metadata.integers("bools"), ErrorCode::malformed, "an array of integers");
    RH_VERIFY_ERROR(metadata.integers("big"), ErrorCode::malformed, "below 2^63");
    RH_VERIFY_ERROR(metadata.numbers("words"), ErrorCode::malformed, "an array of numbers");
    RH_VERIFY_ERROR(metadata.booleans("ints"), ErrorCode::malformed, "an array of bools");
  }
  void readsAValuePerLayer() {
    const GgufMetadata metadata = example();
    QVERIFY(*metadata.integers_for_each("u32", 3) == (std::vector<std::int64_t>{7, 7, 7}));
    QVERIFY(*metadata.integers_for_each("ints", 3) == (std::vector<std::int64_t>{1, -2, 3}));
    RH_VERIFY_ERROR(metadata.integers_for_each("ints", 4), ErrorCode::malformed, "an array of 4 integers", "array of 3 int32");
    RH_VERIFY_ERROR(metadata.integers_for_each("text", 3), ErrorCode::malformed, "an array of 3 integers");
  }
  void keepsTheFirstOfAKey() {
    GgufMetadata metadata = example();
    QVERIFY(!metadata.add("u32", GgufValue::of_u32(8)));
    QCOMPARE(*metadata.integer("u32"), 7);
    QCOMPARE(metadata.entries().size(), std::size_t{11});
  }
  void showsValuesShortened() {
    const GgufMetadata metadata = example();
    QCOMPARE(metadata.find("f32")->to_text(), std::string("0.1"));
    QCOMPARE(metadata.find("yes")->to_text(), std::string("true"));
    QCOMPARE(metadata.find("words")->to_text(), std::string("[\"a\", \"b c\"] (2 × string)"));
    QCOMPARE(metadata.find("bools")->to_text(), std::string("[true, false] (2 × bool)"));
    const GgufValue many = GgufValue::of_i32s(std::vector<std::int64_t>(100000, 12345));
    QVERIFY(many.to_text(50).size() < 90);
    QVERIFY(test::contains(many.to_text(50), "…] (100000 × int32)"));
    QCOMPARE(GgufValue::of_string(std::string(1000, 'x')).to_text(10), "xxxxxxxxxx…");
    const GgufValue nested{GgufValueType::array, GgufArray{GgufValueType::array, std::vector<GgufArray>{{GgufValueType::i32, std::vector<std::int64_t>{1, 2}}}}};
    QCOMPARE(nested.to_text(), std::string("[[1, 2]] (1 × array)"));
  }
};

QTEST_APPLESS_MAIN(TestGgufMetadata)
#include "test_gguf_metadata.moc"
