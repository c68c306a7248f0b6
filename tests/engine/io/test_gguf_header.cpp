// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <limits>

#include "engine/io/gguf_header.h"
#include "file_fixture.h"
#include "gguf_bytes.h"

using namespace roundhouse;
using roundhouse::test::as_bytes;
using roundhouse::test::GgufBytes;

namespace {

Result<GgufHeader> parse(const std::string& text, const GgufLimits& limits = {}) { return parse_gguf_header(as_bytes(text), "m.gguf", limits); }
Result<GgufHeader> parse(const GgufBytes& bytes, const GgufLimits& limits = {}) { return parse(bytes.text(), limits); }

// Every kind of value, two tensors.
std::string complete_file() {
  GgufBytes file(2, 14);
  file.key("u8", 0).put<std::uint8_t>(200);
  file.key("i8", 1).put<std::int8_t>(-100);
  file.key("u16", 2).put<std::uint16_t>(60000);
  file.key("i16", 3).put<std::int16_t>(-30000);
  file.key("u32", 4).put<std::uint32_t>(4000000000u);
  file.key("i32", 5).put<std::int32_t>(-2000000000);
  file.key("f32", 6).put<float>(0.25f);
  file.key("bool", 7).put<std::uint8_t>(1);
  file.key("string", 8).string("text \xFF");
  file.key("u64", 10).put<std::uint64_t>(std::numeric_limits<std::uint64_t>::max());
  file.key("i64", 11).put<std::int64_t>(std::numeric_limits<std::int64_t>::min());
  file.key("f64", 12).put<double>(1e300);
  file.key("nested", 9).put<std::uint32_t>(9).put<std::uint64_t>(2);
  file.put<std::uint32_t>(8).put<std::uint64_t>(2).string("a").string("");
  file.put<std::uint32_t>(3).put<std::uint64_t>(1).put<std::int16_t>(-5);
  file.key("none", 9).put<std::uint32_t>(6).put<std::uint64_t>(0);
  file.tensor("a.weight", {64, 3}, 2, 0);   // q4_0: 3 rows of 36 bytes
  file.tensor("b", {5}, 0, 128);            // f32: 20 bytes
  return file.pad().fill(108, 'a').pad().fill(20, 'b').text();
}

}  // namespace

class TestGgufHeader : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void readsEveryKindOfValue() {
    const auto header = parse(complete_file());
    RH_VERIFY_OK(header);
    const GgufMetadata& metadata = header->metadata;
    QCOMPARE(*metadata.integer("u8"), 200);
    QCOMPARE(*metadata.integer("i8"), -100);
    QCOMPARE(*metadata.integer("u16"), 60000);
    QCOMPARE(*metadata.integer("i16"), -30000);
    QCOMPARE(*metadata.integer("u32"), 4000000000);
    QCOMPARE(*metadata.integer("i32"), -2000000000);
    QCOMPARE(*metadata.number("f32"), 0.25);
    QCOMPARE(*metadata.boolean("bool"), true);
    QCOMPARE(*metadata.string("string"), std::string("text \xFF"));
    QCOMPARE(std::get<std::uint64_t>(metadata.find("u64")->value), std::numeric_limits<std::uint64_t>::max());
    QCOMPARE(*metadata.integer("i64"), std::numeric_limits<std::int64_t>::min());
    QCOMPARE(*metadata.number("f64"), 1e300);
    const auto& nested = std::get<std::vector<GgufArray>>(std::get<GgufArray>(metadata.find("nested")->value).elements);
    QVERIFY(std::get<std::vector<std::string>>(nested[0].elements) == (std::vector<std::string>{"a", ""}));
    QVERIFY(std::get<std::vector<std::int64_t>>(nested[1].elements) == std::vector<std::int64_t>{-5});
    QCOMPARE(metadata.numbers("none")->size(), std::size_t{0});
  }
  void placesTensors() {
    const std::string file = complete_file();
    const auto header = parse(file);
    QCOMPARE(header->version, 3u);
    QCOMPARE(header->tensors.size(), std::size_t{2});
    const GgufTensor& a = header->tensors[0];
    QCOMPARE(a.name, std::string("a.weight"));
    QVERIFY(a.shape == (std::vector<std::int64_t>{3, 64}));
    QVERIFY(a.dtype == DType::q4_0);
    QCOMPARE(a.byte_size, std::uint64_t{108});
    QCOMPARE(a.elements(), 192);
    QCOMPARE(a.row_elements(), 64);
    QCOMPARE(file.substr(a.file_offset, a.byte_size), std::string(108, 'a'));
    const GgufTensor& b = header->tensors[1];
    QCOMPARE(file.substr(b.file_offset, b.byte_size), std::string(20, 'b'));
  }
  void toleratesVersionTwoAndUnknownTypes() {
    QCOMPARE(parse(GgufBytes(0, 0, 2))->version, 2u);
    GgufBytes file(2, 0);
    file.tensor("new", {100, 3}, 77, 0).tensor("old", {4}, 1, 32);
    const auto header = parse(file.pad().fill(40));
    RH_VERIFY_OK(header);
    QVERIFY(!header->tensors[0].dtype);
    QCOMPARE(header->tensors[0].gguf_type, 77u);
    QCOMPARE(header->tensors[0].byte_size, std::uint64_t{0});
    QCOMPARE(gguf_tensor_type_name(77), std::string("type 77"));
    QVERIFY(header->tensors[1].dtype == DType::f16);
  }
  void readsAScalarAndAnotherAlignment() {
    GgufBytes file(1, 1);
    file.key("general.alignment", 4).put<std::uint32_t>(256);
    file.tensor("scalar", {}, 0, 256);
    const auto header = parse(file.pad(256).fill(260));
    RH_VERIFY_OK(header);
    QCOMPARE(header->data_offset % 256, std::uint64_t{0});
    QCOMPARE(header->tensors[0].elements(), 1);
    QCOMPARE(header->tensors[0].byte_size, std::uint64_t{4});
  }
  void saysWhatElseAFileIs() {
    RH_VERIFY_ERROR(parse(std::string("PK\x03\x04 abcdef")), ErrorCode::malformed, "read GGUF file: m.gguf", "PyTorch");
    RH_VERIFY_ERROR(parse(std::string("version https://git-lfs.github.com/spec/v1\n")), ErrorCode::malformed, "Git LFS pointer");
    RH_VERIFY_ERROR(parse(std::string("<!DOCTYPE html><html>")), ErrorCode::malformed, "a web page");
    RH_VERIFY_ERROR(parse(std::string("\x20\0\0\0\0\0\0\0{\"a\":1}", 15)), ErrorCode::malformed, "a safetensors file");
    RH_VERIFY_ERROR(parse(std::string(100, '\0')), ErrorCode::malformed, "zeros");
    RH_VERIFY_ERROR(parse(std::string("hello")), ErrorCode::malformed, "'hello'");
    RH_VERIFY_ERROR(parse(std::string()), ErrorCode::malformed, "no data");
    RH_VERIFY_ERROR(parse(GgufBytes(0, 0, 1)), ErrorCode::unsupported, "version 1");
    RH_VERIFY_ERROR(parse(GgufBytes(0, 0, 4)), ErrorCode::unsupported, "version 4");
    RH_VERIFY_ERROR(parse(GgufBytes(0, 0, 3u << 24)), ErrorCode::unsupported, "big-endian");
  }
  void refusesAbsurdCounts() {
    RH_VERIFY_ERROR(parse(GgufBytes(std::uint64_t{1} << 60, 0)), ErrorCode::limit, "number of tensors", "1152921504606846976");
    RH_VERIFY_ERROR(parse(GgufBytes(5, 0)), ErrorCode::malformed, "number of tensors", "at most 0", "found 5");
    RH_VERIFY_ERROR(parse(GgufBytes(0, 60000)), ErrorCode::malformed, "number of metadata entries", "60000");
    GgufBytes array(0, 1);
    array.key("a", 9).put<std::uint32_t>(0).put<std::uint64_t>(std::uint64_t{1} << 61);
    RH_VERIFY_ERROR(parse(array), ErrorCode::limit, "metadata 'a'", "array elements");
    GgufBytes longer(0, 1);
    longer.key("a", 9).put<std::uint32_t>(4).put<std::uint64_t>(1000).fill(3999);
    RH_VERIFY_ERROR(parse(longer), ErrorCode::malformed, "metadata 'a': array length", "at most 999", "1000");
    GgufBytes text(0, 1);
    text.key("a", 8).put<std::uint64_t>(std::numeric_limits<std::uint64_t>::max());
    RH_VERIFY_ERROR(parse(text), ErrorCode::limit, "a string of at most");
    GgufBytes cut(0, 1);
    cut.key("a", 8).put<std::uint64_t>(10).fill(9);
    RH_VERIFY_ERROR(parse(cut), ErrorCode::malformed, "a string of 10 bytes", "only 9 bytes");
    GgufBytes name(1, 0);
    name.string(std::string(5000, 'n')).fill(100);
    RH_VERIFY_ERROR(parse(name), ErrorCode::limit, "name of tensor 1 of 1", "at most 1024", "5000");
  }
  void limitsHoldOverAllArraysAndTheHeader() {
    GgufLimits limits;
    limits.array_elements = 10;
    GgufBytes file(0, 2);
    file.key("a", 9).put<std::uint32_t>(0).put<std::uint64_t>(6).fill(6);
    file.key("b", 9).put<std::uint32_t>(0).put<std::uint64_t>(6).fill(6);
    RH_VERIFY_OK(parse(file));
    RH_VERIFY_ERROR(parse(file, limits), ErrorCode::limit, "metadata 'b'", "at most 10 array elements");
    limits = {};
    limits.header_bytes = 50;
    RH_VERIFY_ERROR(parse(file, limits), ErrorCode::limit, "a header of at most 50 bytes");
    GgufBytes deep(0, 1);
    deep.key("a", 9);
    for (int i = 0; i < 5; ++i) deep.put<std::uint32_t>(9).put<std::uint64_t>(1);
    RH_VERIFY_ERROR(parse(deep.fill(100)), ErrorCode::limit, "nested at most 4 deep");
  }
  void refusesBadEntries() {
    GgufBytes twice(0, 2);
    twice.key("a", 0).put<std::uint8_t>(1).key("a", 0).put<std::uint8_t>(1);
    RH_VERIFY_ERROR(parse(twice), ErrorCode::malformed, "metadata 'a'", "a second time");
    GgufBytes kind(0, 1);
    kind.key("a", 13).fill(8);
    RH_VERIFY_ERROR(parse(kind), ErrorCode::malformed, "metadata 'a'", "below 13", "found 13");
    GgufBytes truth(0, 1);
    truth.key("a", 7).put<std::uint8_t>(2);
    RH_VERIFY_ERROR(parse(truth), ErrorCode::malformed, "a bool of 0 or 1", "found 2");
    GgufBytes nameless(0, 1);
    nameless.key("", 0).fill(8);
    RH_VERIFY_ERROR(parse(nameless), ErrorCode::malformed, "metadata key 1 of 1", "an empty one");
    for (const std::uint32_t alignment : {0u, 24u, 1u << 21}) {
      GgufBytes file(0, 1);
      file.key("general.alignment", 4).put(alignment);
      RH_VERIFY_ERROR(parse(file), ErrorCode::malformed, "'general.alignment'", "a power of two", std::to_string(alignment));
    }
    GgufBytes words(0, 1);
    words.key("general.alignment", 8).string("32");
    RH_VERIFY_ERROR(parse(words), ErrorCode::malformed, "an integer");
  }
  void refusesBadTensors() {
    const auto with = [](std::initializer_list<std::uint64_t> dims, std::uint32_t type, std::uint64_t offset) {
      GgufBytes file(1, 0);
      file.tensor("t", dims, type, offset);
      return parse(file.pad().fill(1000));
    };
    RH_VERIFY_OK(with({32, 2}, 8, 0));
    RH_VERIFY_ERROR(with({1, 1, 1, 1, 1}, 0, 0), ErrorCode::malformed, "tensor 't' in m.gguf", "at most 4 dimensions", "found 5");
    RH_VERIFY_ERROR(with({4, 0}, 0, 0), ErrorCode::malformed, "positive dimensions", "0 as dimension 2");
    RH_VERIFY_ERROR(with({std::uint64_t{1} << 63}, 0, 0), ErrorCode::malformed, "positive dimensions");
    RH_VERIFY_ERROR(with({std::uint64_t{1} << 32, std::uint64_t{1} << 32}, 0, 0), ErrorCode::malformed, "2^63 elements", "4294967296 × 4294967296");
    RH_VERIFY_ERROR(with({std::uint64_t{1} << 62}, 0, 0), ErrorCode::malformed, "2^63 bytes");
    RH_VERIFY_ERROR(with({33, 2}, 8, 0), ErrorCode::malformed, "multiple of 32 elements for Q8_0", "rows of 33");
    RH_VERIFY_ERROR(with({128}, 12, 0), ErrorCode::malformed, "multiple of 256 elements for Q4_K", "rows of 128");
    RH_VERIFY_ERROR(with({32}, 8, 16), ErrorCode::malformed, "a multiple of 32", "found 16");
    RH_VERIFY_ERROR(with({256}, 0, 0), ErrorCode::out_of_range, "1024 bytes", "the end of the file at");
    RH_VERIFY_ERROR(with({4}, 0, std::numeric_limits<std::uint64_t>::max() - 31), ErrorCode::out_of_range, "tensor 't'");
    RH_VERIFY_ERROR(with({4}, 77, 32000), ErrorCode::out_of_range, "tensor 't'");  // unknown type, yet beyond the end
    GgufBytes twice(2, 0);
    twice.tensor("t", {4}, 0, 0).tensor("t", {4}, 0, 32);
    RH_VERIFY_ERROR(parse(twice.pad().fill(100)), ErrorCode::malformed, "tensor 't'", "a second time");
    GgufBytes overlap(3, 0);
    overlap.tensor("last", {4}, 0, 96).tensor("first", {9}, 0, 0).tensor("second", {4}, 0, 32);
    RH_VERIFY_ERROR(parse(overlap.pad().fill(200)), ErrorCode::malformed, "tensor 'second'", "behind tensor 'first'");
  }
  void everyTruncationIsAnError() {
    const std::string file = complete_file();
    for (std::size_t length = 0; length < file.size(); ++length) {
      const auto header = parse(file.substr(0, length));
      QVERIFY2(!header.ok(), std::to_string(length).c_str());
      QVERIFY(!header.error().received.empty());
    }
  }
  void anyBitFlippedParsesOrFails() {
    const std::string file = complete_file();
    for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
      std::string broken = file;
      broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << (bit % 8)));
      const auto header = parse(broken);
      if (header.ok()) {
        for (const GgufTensor& tensor : header->tensors) QVERIFY(tensor.file_offset + tensor.byte_size <= broken.size());
      } else {
        QVERIFY(header.error().message().size() > 20);
      }
    }
    std::mt19937 random(5);
    for (int round = 0; round < 20000; ++round) {
      std::string broken = file;
      for (int i = 0; i < 1 + round % 6; ++i) broken[random() % broken.size()] = static_cast<char>(random());
      if (round % 5 == 0) broken.resize(random() % broken.size());
      static_cast<void>(parse(broken).ok());
    }
  }
};

QTEST_APPLESS_MAIN(TestGgufHeader)
#include "test_gguf_header.moc"
