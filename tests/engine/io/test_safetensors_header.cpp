// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <limits>

#include "engine/io/safetensors_header.h"
#include "file_fixture.h"

using namespace roundhouse;
using roundhouse::test::as_bytes;

namespace {

std::string file_of(const std::string& json, std::size_t data_bytes) {
  const auto length = static_cast<std::uint64_t>(json.size());
  return std::string(reinterpret_cast<const char*>(&length), 8) + json + std::string(data_bytes, 'd');
}
Result<SafetensorsHeader> parse(const std::string& text, const SafetensorsLimits& limits = {}) { return parse_safetensors_header(as_bytes(text), "m.safetensors", limits); }
Result<SafetensorsHeader> parse(const std::string& json, std::size_t data_bytes) { return parse(file_of(json, data_bytes)); }

const std::string two_tensors =
    R"({"b":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"__metadata__":{"format":"pt"},"a":{"dtype":"BF16","shape":[],"data_offsets":[24,26]}} )";

}  // namespace

class TestSafetensorsHeader : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void readsTensorsInTheOrderOfTheirData() {
    const auto header = parse(two_tensors, 26);
    RH_VERIFY_OK(header);
    QCOMPARE(header->data_offset, 8 + two_tensors.size());
    QCOMPARE(header->metadata.size(), std::size_t{1});
    QCOMPARE(header->metadata[0].second, std::string("pt"));
    QCOMPARE(header->tensors.size(), std::size_t{2});
    QCOMPARE(header->tensors[0].name, std::string("b"));
    QVERIFY(header->tensors[0].shape == (std::vector<std::int64_t>{2, 3}));
    QCOMPARE(header->tensors[0].file_offset, header->data_offset);
    QCOMPARE(header->tensors[1].elements(), 1);
    QVERIFY(header->tensors[1].dtype == DType::bf16);
    QCOMPARE(header->tensors[1].file_offset, header->data_offset + 24);
  }
  void toleratesEmptyTensorsUnknownTypesAndNone() {
    RH_VERIFY_OK(parse("{}", 0));
    const auto header = parse(R"({"e":{"dtype":"F32","shape":[0,5],"data_offsets":[4,4]},"u":{"dtype":"F4","shape":[8],"data_offsets":[0,4]}})", 4);
    RH_VERIFY_OK(header);
    QVERIFY(!header->tensors[0].dtype);
    QCOMPARE(header->tensors[0].type_name, std::string("F4"));
    QCOMPARE(header->tensors[0].byte_size, std::uint64_t{4});
    QCOMPARE(header->tensors[1].elements(), 0);
  }
  void refusesBadHeaders() {
    RH_VERIFY_ERROR(parse("abc"), ErrorCode::malformed, "read safetensors file: m.safetensors", "3 bytes in all");
    RH_VERIFY_ERROR(parse(std::string("GGUF\3\0\0\0abcdefgh", 16)), ErrorCode::malformed, "a GGUF file");
    RH_VERIFY_ERROR(parse(file_of("{}", 0).substr(0, 9)), ErrorCode::malformed, "2 bytes", "only 1 bytes");
    std::string huge = file_of("{}", 0);
    huge[7] = 1;
    RH_VERIFY_ERROR(parse(huge), ErrorCode::limit, "at most 100000000 bytes", "72057594037927938");
    RH_VERIFY_ERROR(parse("{\"a\":1}", 0), ErrorCode::malformed, "'a' in header of m.safetensors", "an object", "a number");
    RH_VERIFY_ERROR(parse("{\"a\":{},\"a\":{}}", 0), ErrorCode::malformed, "'a' a second time");
    RH_VERIFY_ERROR(parse("{\"a\":{}}", 0), ErrorCode::not_found, "'a.dtype'");
    RH_VERIFY_ERROR(parse("{\"__metadata__\":{\"x\":1}}", 0), ErrorCode::malformed, "__metadata__ 'x'", "a string");
    RH_VERIFY_ERROR(parse("{\"__metadata__\":[]}", 0), ErrorCode::malformed, "__metadata__");
    RH_VERIFY_ERROR(parse("{\"a\":{\"dtype\":[[[[]]]]}}", 0), ErrorCode::limit, "at most 4 deep");
    SafetensorsLimits limits;
    limits.tensors = 1;
    RH_VERIFY_ERROR(parse(file_of(two_tensors, 26), limits), ErrorCode::limit, "at most 1");
  }
  void refusesBadTensors() {
    const auto one = [](const std::string& type, const std::string& shape, const std::string& offsets, std::size_t data_bytes) {
      return parse("{\"t\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}", data_bytes);
    };
    RH_VERIFY_OK(one("F32", "[2]", "[0,8]", 8));
    RH_VERIFY_ERROR(one("F32", "[2]", "[0,12]", 12), ErrorCode::malformed, "tensor 't' in m.safetensors", "8 bytes for [2] of F32", "found 12");
    RH_VERIFY_ERROR(one("F32", "[-2]", "[0,8]", 8), ErrorCode::malformed, "dimensions of 0 or more", "[-2]");
    RH_VERIFY_ERROR(one("F32", "[2.5]", "[0,8]", 8), ErrorCode::malformed, "integers");
    RH_VERIFY_ERROR(one("F32", "[4294967296,4294967296]", "[0,8]", 8), ErrorCode::malformed, "2^63 elements");
    RH_VERIFY_ERROR(one("F64", "[4611686018427387904]", "[0,8]", 8), ErrorCode::malformed, "more than 2^63 bytes");
    RH_VERIFY_ERROR(one("F32", "[2]", "[8,0]", 8), ErrorCode::malformed, "0 <= begin <= end", "[8, 0]");
    RH_VERIFY_ERROR(one("F32", "[2]", "[0]", 8), ErrorCode::malformed, "data_offsets");
    RH_VERIFY_ERROR(one("F32", "[2]", "[-8,0]", 8), ErrorCode::malformed, "data_offsets");
    RH_VERIFY_ERROR(one("F32", "[2]", "[0,8]", 7), ErrorCode::out_of_range, "up to byte 8", "7 bytes");
    RH_VERIFY_ERROR(one("F32", "[2]", "[9223372036854775799,9223372036854775807]", 8), ErrorCode::out_of_range, "tensor 't'");
    RH_VERIFY_ERROR(one("F32", "[2]", "[0,8]", 9), ErrorCode::malformed, "data in m.safetensors", "8 bytes", "found 9");
    RH_VERIFY_ERROR(one("F32", "[2]", "[4,12]", 12), ErrorCode::malformed, "from byte 0 on", "byte 4");
    RH_VERIFY_ERROR(parse(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}})", 7), ErrorCode::malformed,
                    "tensor 'b'", "from byte 4 on", "byte 3");
  }
  void everyTruncationIsAnErrorAndEveryFlipIsSafe() {
    const std::string file = file_of(two_tensors, 26);
    for (std::size_t length = 0; length < file.size(); ++length) QVERIFY2(!parse(file.substr(0, length)).ok(), std::to_string(length).c_str());
    for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
      std::string broken = file;
      broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << (bit % 8)));
      const auto header = parse(broken);
      if (!header.ok()) continue;
      for (const SafetensorsTensor& tensor : header->tensors) QVERIFY(tensor.file_offset + tensor.byte_size <= broken.size());
    }
    std::mt19937 random(5);
    for (int round = 0; round < 20000; ++round) {
      std::string broken = file;
      for (int i = 0; i < 1 + round % 6; ++i) broken[random() % broken.size()] = static_cast<char>(random() % 2 ? random() : "{}[],:\"9-."[random() % 10]);
      static_cast<void>(parse(broken).ok());
    }
  }
  void namesOfTypesAreTheFormats() {
    for (const char* const name : {"BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "I16", "U16", "F16", "BF16", "I32", "U32", "F32", "F64", "I64", "U64"}) {
      const auto type = dtype_from_safetensors(name);
      QVERIFY(type.has_value());
      QCOMPARE(*safetensors_from_dtype(*type), std::string_view(name));
    }
    QVERIFY(!dtype_from_safetensors("f32") && !safetensors_from_dtype(DType::q4_0));
  }
};

QTEST_APPLESS_MAIN(TestSafetensorsHeader)
#include "test_safetensors_header.moc"
