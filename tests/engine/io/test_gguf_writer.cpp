// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "engine/io/gguf_file.h"
#include "engine/io/gguf_writer.h"
#include "file_fixture.h"
#include "gguf_bytes.h"

using namespace roundhouse;
using roundhouse::test::as_bytes;
using roundhouse::test::Folder;
using roundhouse::test::GgufBytes;

namespace {

GgufValue random_scalar(std::mt19937& random, GgufValueType type) {
  const std::uint64_t wide = (static_cast<std::uint64_t>(random()) << 32) | random();
  switch (type) {
    case GgufValueType::u8: return {type, std::uint64_t{wide & 0xFF}};
    case GgufValueType::u16: return {type, std::uint64_t{wide & 0xFFFF}};
    case GgufValueType::u32: return {type, std::uint64_t{wide & 0xFFFFFFFF}};
    case GgufValueType::u64: return {type, wide};
    case GgufValueType::boolean: return {type, std::uint64_t{wide & 1}};
    case GgufValueType::i8: return {type, std::int64_t{static_cast<std::int8_t>(wide)}};
    case GgufValueType::i16: return {type, std::int64_t{static_cast<std::int16_t>(wide)}};
    case GgufValueType::i32: return {type, std::int64_t{static_cast<std::int32_t>(wide)}};
    case GgufValueType::i64: return {type, static_cast<std::int64_t>(wide)};
    case GgufValueType::f32: return GgufValue::of_f32(static_cast<float>(wide % 100000) / 64);
    case GgufValueType::f64: return {type, static_cast<double>(wide) / 3};
    case GgufValueType::string: return GgufValue::of_string(std::string(wide % 20, static_cast<char>(wide >> 8)));
    case GgufValueType::array: break;
  }
  qFatal("not a scalar type");
}

GgufArray random_array(std::mt19937& random, int depth) {
  GgufArray array;
  array.element_type = static_cast<GgufValueType>(random() % gguf_value_type_count);
  if (array.element_type == GgufValueType::array && depth >= 4) array.element_type = GgufValueType::string;
  const std::size_t count = random() % 5;
  const auto gather = [&]<class T>(T) {
    std::vector<T> elements;
    while (elements.size() < count) {
      if constexpr (std::is_same_v<T, GgufArray>) elements.push_back(random_array(random, depth + 1));
      else elements.push_back(std::get<T>(random_scalar(random, array.element_type).value));
    }
    array.elements = std::move(elements);
  };
  if (array.element_type == GgufValueType::array) gather(GgufArray{});
  else std::visit([&]<class T>(const T&) { if constexpr (!std::is_same_v<T, GgufArray>) gather(T{}); }, random_scalar(random, array.element_type).value);
  return array;
}

GgufValue random_value(std::mt19937& random) {
  const auto type = static_cast<GgufValueType>(random() % gguf_value_type_count);
  if (type == GgufValueType::array) return {type, random_array(random, 1)};
  return random_scalar(random, type);
}

}  // namespace

class TestGgufWriter : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void writesTheFormatByteForByte() {
    const Folder folder;
    auto writer = GgufWriter::create(folder.path("m.gguf"));
    RH_VERIFY_OK(writer);
    RH_VERIFY_OK(writer->add_metadata("general.architecture", GgufValue::of_string("llama")));
    RH_VERIFY_OK(writer->add_metadata("n", GgufValue::of_i32s({1, -1})));
    RH_VERIFY_OK(writer->add_tensor("w", DType::q8_0, {2, 64}));
    RH_VERIFY_OK(writer->add_tensor("b", DType::f32, {3}));
    const std::string data = std::string(136, 'w') + std::string(12, 'b');
    RH_VERIFY_OK(writer->write_data(as_bytes(data)));  // one piece over both
    RH_VERIFY_OK(writer->finish());
    GgufBytes expected(2, 2);
    expected.key("general.architecture", 8).string("llama");
    expected.key("n", 9).put<std::uint32_t>(5).put<std::uint64_t>(2).put<std::int32_t>(1).put<std::int32_t>(-1);
    expected.tensor("w", {64, 2}, 8, 0).tensor("b", {3}, 0, 160).pad();
    expected.fill(136, 'w').pad().fill(12, 'b').pad();
    QVERIFY(folder.read("m.gguf") == expected.text());
  }
  void whatIsWrittenIsReadBack() {
    std::mt19937 random(9);
    for (int round = 0; round < 100; ++round) {
      const Folder folder;
      auto writer = GgufWriter::create(folder.path("m.gguf"));
      GgufMetadata metadata;
      if (round % 3 == 0) metadata.add("general.alignment", GgufValue::of_u32(1u << (random() % 10)));
      for (unsigned i = random() % 12; i > 0; --i) metadata.add("key." + std::to_string(random() % 1000), random_value(random));
      for (const auto& entry : metadata.entries()) RH_VERIFY_OK(writer->add_metadata(entry.key, entry.value));
      std::string data;
      std::vector<std::string> parts;
      const unsigned tensors = random() % 6;
      for (unsigned i = 0; i < tensors; ++i) {
        const auto type = std::array{DType::f32, DType::bf16, DType::q4_0, DType::q6_k, DType::i8}[random() % 5];
        std::vector<std::int64_t> shape(1 + random() % 4);
        for (auto& size : shape) size = 1 + static_cast<std::int64_t>(random() % 3);
        shape.back() *= dtype_block_elements(type);
        RH_VERIFY_OK(writer->add_tensor("t" + std::to_string(i), type, shape));
        std::int64_t elements = 1;
        for (const auto size : shape) elements *= size;
        std::string part(static_cast<std::size_t>(*dtype_row_bytes(type, elements)), '\0');
        for (char& byte : part) byte = static_cast<char>(random());
        parts.push_back(part);
        data += part;
      }
      for (std::size_t at = 0; at < data.size();) {
        const std::size_t count = std::min<std::size_t>(data.size() - at, 1 + random() % 300);
        RH_VERIFY_OK(writer->write_data(as_bytes(data).subspan(at, count)));
        at += count;
      }
      RH_VERIFY_OK(writer->finish());
      const auto model = GgufFile::open(folder.path("m.gguf"));
      RH_VERIFY_OK(model);
      QCOMPARE(model->metadata().entries().size(), metadata.entries().size());
      for (const auto& entry : metadata.entries()) QVERIFY(*model->metadata().find(entry.key) == entry.value);
      QCOMPARE(model->tensors().size(), parts.size());
      for (unsigned i = 0; i < tensors; ++i) {
        const auto bytes = model->data(model->tensors()[i]);
        QVERIFY(bytes->size() == parts[i].size() && std::memcmp(bytes->data(), parts[i].data(), parts[i].size()) == 0);
      }
    }
  }
  void refusesWhatTheReaderWouldRefuse() {
    const Folder folder;
    {
      auto writer = GgufWriter::create(folder.path("m.gguf"));
      RH_VERIFY_OK(writer->add_metadata("a", GgufValue::of_u32(1)));
      RH_VERIFY_ERROR(writer->add_metadata("a", GgufValue::of_u32(2)), ErrorCode::invalid_argument, "metadata 'a'", "a second time");
      RH_VERIFY_ERROR(writer->add_metadata("", GgufValue::of_u32(2)), ErrorCode::invalid_argument, "1 to 65535");
      RH_VERIFY_ERROR(writer->add_metadata("b", {GgufValueType::u8, std::uint64_t{256}}), ErrorCode::invalid_argument, "uint8", "256");
      RH_VERIFY_ERROR(writer->add_metadata("b", {GgufValueType::i32, std::uint64_t{1}}), ErrorCode::invalid_argument, "int32");
      RH_VERIFY_ERROR(writer->add_metadata("b", GgufValue::of_i32s({std::int64_t{1} << 40})), ErrorCode::invalid_argument, "array");
      RH_VERIFY_ERROR(writer->add_tensor("t", DType::u8, {4}), ErrorCode::invalid_argument, "a type that GGUF has", "u8");
      RH_VERIFY_ERROR(writer->add_tensor("t", DType::q4_0, {2, 33}), ErrorCode::invalid_argument, "32 elements", "[2, 33]");
      RH_VERIFY_ERROR(writer->add_tensor("t", DType::f32, {0}), ErrorCode::invalid_argument, "positive");
      RH_VERIFY_ERROR(writer->add_tensor("t", DType::f32, {1, 1, 1, 1, 1}), ErrorCode::invalid_argument, "at most 4");
      RH_VERIFY_OK(writer->add_tensor("t", DType::f32, {4}));
      RH_VERIFY_ERROR(writer->add_tensor("t", DType::f32, {4}), ErrorCode::invalid_argument, "a second time");
      RH_VERIFY_OK(writer->write_data(as_bytes(std::string(10, 'x'))));
      RH_VERIFY_ERROR(writer->add_tensor("u", DType::f32, {4}), ErrorCode::invalid_argument, "before the first data");
      RH_VERIFY_ERROR(writer->add_metadata("u", GgufValue::of_u32(1)), ErrorCode::invalid_argument, "before the first data");
      RH_VERIFY_ERROR(writer->finish(), ErrorCode::invalid_argument, "tensor 't'", "16 bytes", "found 10");
      RH_VERIFY_ERROR(writer->write_data(as_bytes(std::string(7, 'x'))), ErrorCode::invalid_argument, "1 bytes more");
    }
    QVERIFY(folder.names().isEmpty());
    auto writer = GgufWriter::create(folder.path("m.gguf"));
    RH_VERIFY_OK(writer->add_metadata("general.alignment", GgufValue::of_u32(24)));
    RH_VERIFY_ERROR(writer->finish(), ErrorCode::invalid_argument, "general.alignment", "a power of two", "24");
  }
};

QTEST_APPLESS_MAIN(TestGgufWriter)
#include "test_gguf_writer.moc"
