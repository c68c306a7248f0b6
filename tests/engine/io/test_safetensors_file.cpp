// SPDX-License-Identifier: Apache-2.0
#include <QDirIterator>
#include <QtTest>

#include <unistd.h>

#include <cmath>

#include "engine/base/half.h"
#include "engine/io/safetensors_file.h"
#include "engine/io/safetensors_writer.h"
#include "file_fixture.h"

using namespace roundhouse;
using roundhouse::test::as_bytes;
using roundhouse::test::Folder;

namespace {

// One file with a tensor of bytes per name, each four times the given byte.
void write_shard(const Folder& folder, const char* file, const std::vector<std::pair<std::string, char>>& tensors) {
  auto writer = SafetensorsWriter::create(folder.path(file)).value();
  std::string data;
  for (const auto& [name, byte] : tensors) {
    if (!writer.add_tensor(name, DType::u8, {4}).ok()) qFatal("add_tensor");
    data += std::string(4, byte);
  }
  if (!writer.write_data(as_bytes(data)).ok() || !writer.finish().ok()) qFatal("write");
}

char first_byte(const SafetensorsFile& model, const char* name) { return static_cast<char>(model.data(**model.tensor(name))->front()); }

}  // namespace

class TestSafetensorsFile : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void readsNumbersOfEachKind() {
    const Folder folder;
    auto writer = SafetensorsWriter::create(folder.path("m.safetensors")).value();
    const float f32[2] = {1.25f, -3e-40f};
    const std::uint16_t f16[2] = {float_to_half(0.5f), float_to_half(-2.0f)};
    const std::uint16_t bf16[2] = {float_to_bfloat16(0.5f), float_to_bfloat16(-2.0f)};
    const double f64[2] = {0.1, 1e10};
    const std::int64_t i64[2] = {-5, std::int64_t{1} << 40};
    const std::int8_t i8[2] = {-5, 5};
    const std::uint32_t u32[2] = {1, 4000000000u};
    RH_VERIFY_OK(writer.add_tensor("f32", DType::f32, {2}));
    RH_VERIFY_OK(writer.add_tensor("f16", DType::f16, {2}));
    RH_VERIFY_OK(writer.add_tensor("bf16", DType::bf16, {2, 1}));
    RH_VERIFY_OK(writer.add_tensor("f64", DType::f64, {2}));
    RH_VERIFY_OK(writer.add_tensor("i64", DType::i64, {2}));
    RH_VERIFY_OK(writer.add_tensor("i8", DType::i8, {2}));
    RH_VERIFY_OK(writer.add_tensor("u32", DType::u32, {2}));
    for (const std::span<const std::byte> bytes : std::initializer_list<std::span<const std::byte>>{std::as_bytes(std::span(f32)), std::as_bytes(std::span(f16)), std::as_bytes(std::span(bf16)), std::as_bytes(std::span(f64)),
                             std::as_bytes(std::span(i64)), std::as_bytes(std::span(i8)), std::as_bytes(std::span(u32))}) {
      RH_VERIFY_OK(writer.write_data(bytes));
    }
    RH_VERIFY_OK(writer.finish());
    const auto model = SafetensorsFile::open(folder.path("m.safetensors"));
    RH_VERIFY_OK(model);
    QVERIFY(*model->read_f32("f32") == (std::vector<float>{1.25f, -3e-40f}));
    QVERIFY(*model->read_f32("f16") == (std::vector<float>{0.5f, -2.0f}));
    QVERIFY(*model->read_f32("bf16") == (std::vector<float>{0.5f, -2.0f}));
    QVERIFY(*model->read_f32("f64") == (std::vector<float>{0.1f, 1e10f}));
    QVERIFY(*model->read_f32("i64") == (std::vector<float>{-5.0f, 1099511627776.0f}));
    QVERIFY(*model->read_integers("i64") == (std::vector<std::int64_t>{-5, std::int64_t{1} << 40}));
    QVERIFY(*model->read_integers("i8") == (std::vector<std::int64_t>{-5, 5}));
    QVERIFY(*model->read_integers("u32") == (std::vector<std::int64_t>{1, 4000000000}));
    RH_VERIFY_ERROR(model->read_integers("f32"), ErrorCode::unsupported, "'f32' in", "m.safetensors", "found F32");
    RH_VERIFY_ERROR(model->read_f32("i8"), ErrorCode::unsupported, "I8");
    RH_VERIFY_ERROR(model->read_f32("none"), ErrorCode::not_found, "'none' in");
  }
  void gathersTheFilesOfAnIndex() {
    const Folder folder;
    write_shard(folder, "one.safetensors", {{"a", '1'}, {"extra", 'x'}});
    write_shard(folder, "two.safetensors", {{"b", '2'}, {"a", 'w'}});
    folder.write("model.safetensors.index.json", R"({"metadata":{"total_size":8},"weight_map":{"b":"two.safetensors","a":"one.safetensors"}})");
    for (const std::string& path : {folder.root(), folder.path("model.safetensors.index.json")}) {
      auto opened = SafetensorsFile::open(path);
      RH_VERIFY_OK(opened);
      const SafetensorsFile model = std::move(opened).value();
      QCOMPARE(model.files().size(), std::size_t{2});
      QCOMPARE(model.tensors().size(), std::size_t{2});
      QCOMPARE(first_byte(model, "a"), '1');  // the index says which of the two
      QCOMPARE(first_byte(model, "b"), '2');
      QVERIFY(model.find_tensor("extra") == nullptr);
      RH_VERIFY_OK(model.verify_unchanged());
    }
  }
  void findsASingleFileInAFolder() {
    const Folder folder;
    RH_VERIFY_ERROR(SafetensorsFile::open(folder.root()), ErrorCode::not_found, "model.safetensors.index.json", "neither");
    write_shard(folder, "model.safetensors", {{"a", '1'}});
    const auto model = SafetensorsFile::open(folder.root());
    RH_VERIFY_OK(model);
    QCOMPARE(first_byte(*model, "a"), '1');
  }
  void saysWhatIsWrongWithAnIndex() {
    const Folder folder;
    write_shard(folder, "one.safetensors", {{"a", '1'}});
    const auto open = [&](const std::string& json) { return SafetensorsFile::open(folder.write("m.index.json", json)); };
    RH_VERIFY_ERROR(open("{}"), ErrorCode::not_found, "'weight_map' in", "m.index.json");
    RH_VERIFY_ERROR(open(R"({"weight_map":{"a":"gone.safetensors"}})"), ErrorCode::not_found, "gone.safetensors");
    RH_VERIFY_ERROR(open(R"({"weight_map":{"b":"one.safetensors"}})"), ErrorCode::not_found, "tensor 'b'", "as the index says");
    RH_VERIFY_ERROR(open(R"({"weight_map":{"a":3}})"), ErrorCode::malformed, "weight_map 'a'", "another kind");
    for (const char* const path : {"../one.safetensors", "/etc/passwd", "x/../one.safetensors", ""}) {
      RH_VERIFY_ERROR(open("{\"weight_map\":{\"a\":\"" + std::string(path) + "\"}}"), ErrorCode::malformed, "beside the index", "'" + std::string(path) + "'");
    }
    RH_VERIFY_ERROR(open("{\"weight_map\":{\"a\":\"one.safetensors"), ErrorCode::malformed, "read JSON");
    folder.write("bad.safetensors", "bad");
    RH_VERIFY_ERROR(open(R"({"weight_map":{"a":"bad.safetensors"}})"), ErrorCode::malformed, "bad.safetensors", "3 bytes in all");
  }
  void givesNoDataOfAnUnknownType() {
    const Folder folder;
    const std::string json = R"({"u":{"dtype":"F4","shape":[8],"data_offsets":[0,4]}})";
    const auto length = static_cast<std::uint64_t>(json.size());
    const auto model = SafetensorsFile::open(folder.write("m.safetensors", std::string(reinterpret_cast<const char*>(&length), 8) + json + "data"));
    RH_VERIFY_OK(model);
    RH_VERIFY_ERROR(model->data(model->tensors()[0]), ErrorCode::unsupported, "'u' in", "found F4");
  }
  void aModelThatShrinksIsAnError() {
    const Folder folder;
    auto writer = SafetensorsWriter::create(folder.path("m.safetensors")).value();
    RH_VERIFY_OK(writer.add_tensor("t", DType::f32, {100000}));
    RH_VERIFY_OK(writer.write_data(as_bytes(std::string(400000, 'x'))));
    RH_VERIFY_OK(writer.finish());
    const auto model = SafetensorsFile::open(folder.path("m.safetensors"));
    QCOMPARE(::truncate(folder.path("m.safetensors").c_str(), 500), 0);
    QCOMPARE(model->read_f32("t")->back(), 0.0f);
    RH_VERIFY_ERROR(model->verify_unchanged(), ErrorCode::conflict, "m.safetensors", "500 bytes");
  }
  void readsEveryReferenceFile() {
    int files = 0;
    QDirIterator paths(QStringLiteral(ROUNDHOUSE_SHARED_DIR "/reference"), {"*.safetensors"}, QDir::Files, QDirIterator::Subdirectories);
    while (paths.hasNext()) {
      const std::string path = paths.next().toStdString();
      const auto model = SafetensorsFile::open(path);
      RH_VERIFY_OK(model);
      QVERIFY2(!model->tensors().empty(), path.c_str());
      for (const SafetensorsTensor& tensor : model->tensors()) {
        QVERIFY2(tensor.dtype.has_value(), tensor.name.c_str());
        QCOMPARE(model->data(tensor)->size(), tensor.byte_size);
        if (*tensor.dtype == DType::f32 && tensor.elements() > 0) {
          const auto values = model->read_f32(tensor.name);
          for (const float value : *values) QVERIFY2(!std::isnan(value), tensor.name.c_str());
        }
      }
      ++files;
    }
    if (files == 0) QSKIP("no reference files here");
    QVERIFY(files > 60);
  }
};

QTEST_APPLESS_MAIN(TestSafetensorsFile)
#include "test_safetensors_file.moc"
