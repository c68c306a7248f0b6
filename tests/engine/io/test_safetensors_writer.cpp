// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "engine/io/safetensors_file.h"
#include "engine/io/safetensors_writer.h"
#include "file_fixture.h"

using namespace roundhouse;
using roundhouse::test::as_bytes;
using roundhouse::test::Folder;

class TestSafetensorsWriter : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void writesTheFormatByteForByte() {
    const Folder folder;
    auto writer = SafetensorsWriter::create(folder.path("m.safetensors")).value();
    RH_VERIFY_OK(writer.add_metadata("format", "pt"));
    RH_VERIFY_OK(writer.add_tensor("w", DType::f32, {1, 2}));
    RH_VERIFY_OK(writer.add_tensor("b", DType::u8, {}));
    RH_VERIFY_OK(writer.write_data(as_bytes("12345678")));
    RH_VERIFY_OK(writer.write_data(as_bytes("9")));
    RH_VERIFY_OK(writer.finish());
    std::string json = R"({"__metadata__":{"format":"pt"},"b":{"data_offsets":[8,9],"dtype":"U8","shape":[]},"w":{"data_offsets":[0,8],"dtype":"F32","shape":[1,2]}})";
    json.resize((json.size() + 7) / 8 * 8, ' ');
    const auto length = static_cast<std::uint64_t>(json.size());
    QVERIFY(folder.read("m.safetensors") == std::string(reinterpret_cast<const char*>(&length), 8) + json + "123456789");
  }
  void whatIsWrittenIsReadBack() {
    std::mt19937 random(3);
    for (int round = 0; round < 100; ++round) {
      const Folder folder;
      auto writer = SafetensorsWriter::create(folder.path("m.safetensors")).value();
      std::map<std::string, std::string> expected;
      std::string data;
      for (unsigned i = random() % 8; i > 0; --i) {
        const auto type = std::array{DType::f32, DType::bf16, DType::i64, DType::bool_, DType::f8_e4m3}[random() % 5];
        std::vector<std::int64_t> shape(random() % 4);
        std::int64_t elements = 1;
        for (auto& size : shape) elements *= size = static_cast<std::int64_t>(random() % 4);
        std::string part(static_cast<std::size_t>(*dtype_row_bytes(type, elements)), '\0');
        for (char& byte : part) byte = static_cast<char>(random());
        const std::string name = "t." + std::to_string(random()) + "专\"家";
        RH_VERIFY_OK(writer.add_tensor(name, type, shape));
        expected[name] = part;
        data += part;
      }
      for (std::size_t at = 0; at < data.size();) {
        const std::size_t count = std::min<std::size_t>(data.size() - at, 1 + random() % 100);
        RH_VERIFY_OK(writer.write_data(as_bytes(data).subspan(at, count)));
        at += count;
      }
      RH_VERIFY_OK(writer.finish());
      const auto model = SafetensorsFile::open(folder.path("m.safetensors"));
      RH_VERIFY_OK(model);
      QCOMPARE(model->tensors().size(), expected.size());
      for (const auto& [name, part] : expected) {
        const auto bytes = model->data(**model->tensor(name));
        QVERIFY(bytes->size() == part.size() && (part.empty() || std::memcmp(bytes->data(), part.data(), part.size()) == 0));
      }
    }
  }
  void refusesWhatTheReaderWouldRefuse() {
    const Folder folder;
    {
      auto writer = SafetensorsWriter::create(folder.path("m.safetensors")).value();
      RH_VERIFY_ERROR(writer.add_tensor("t", DType::q4_0, {32}), ErrorCode::invalid_argument, "tensor 't'", "a type that safetensors has", "q4_0");
      RH_VERIFY_ERROR(writer.add_tensor("t", DType::f32, {-1}), ErrorCode::invalid_argument, "[-1]");
      RH_VERIFY_ERROR(writer.add_tensor("t", DType::f32, {std::int64_t{1} << 62}), ErrorCode::invalid_argument, "2^63");
      RH_VERIFY_ERROR(writer.add_tensor("__metadata__", DType::f32, {1}), ErrorCode::invalid_argument, "none called __metadata__");
      RH_VERIFY_ERROR(writer.add_tensor("\xFF", DType::f32, {1}), ErrorCode::invalid_argument, "UTF-8");
      RH_VERIFY_ERROR(writer.add_metadata("k", "\xFF"), ErrorCode::invalid_argument, "UTF-8");
      RH_VERIFY_OK(writer.add_metadata("k", "v"));
      RH_VERIFY_ERROR(writer.add_metadata("k", "w"), ErrorCode::invalid_argument, "a second time");
      RH_VERIFY_OK(writer.add_tensor("t", DType::f32, {2}));
      RH_VERIFY_ERROR(writer.add_tensor("t", DType::f32, {2}), ErrorCode::invalid_argument, "each tensor once");
      RH_VERIFY_OK(writer.write_data(as_bytes("1234")));
      RH_VERIFY_ERROR(writer.add_tensor("u", DType::f32, {2}), ErrorCode::invalid_argument, "before the first data");
      RH_VERIFY_ERROR(writer.write_data(as_bytes("56789")), ErrorCode::invalid_argument, "8 bytes in all", "1 more");
      RH_VERIFY_ERROR(writer.finish(), ErrorCode::invalid_argument, "8 bytes in all", "found 4");
    }
    QVERIFY(folder.names().isEmpty());
  }
};

QTEST_APPLESS_MAIN(TestSafetensorsWriter)
#include "test_safetensors_writer.moc"
