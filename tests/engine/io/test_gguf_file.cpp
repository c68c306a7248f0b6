// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/sha256.h"
#include "engine/io/gguf_file.h"
#include "engine/io/gguf_writer.h"
#include "file_fixture.h"
#include "gguf_bytes.h"

using namespace roundhouse;
using roundhouse::test::as_bytes;
using roundhouse::test::Folder;
using roundhouse::test::GgufBytes;

namespace {

const std::string embedded_model = ROUNDHOUSE_SOURCE_DIR "/resources/models/roundhouse-mini-q4_0.gguf";

// Part `number` (from 0) of `count`, with one tensor of four floats.
std::string shard(int number, int count, const std::string& tensor, int total_tensors) {
  GgufBytes file(1, 4);
  file.key("split.no", 2).put(static_cast<std::uint16_t>(number));
  file.key("split.count", 2).put(static_cast<std::uint16_t>(count));
  file.key("split.tensors.count", 5).put(static_cast<std::int32_t>(total_tensors));
  file.key("part", 4).put(static_cast<std::uint32_t>(number));
  file.tensor(tensor, {4}, 0, 0).pad().fill(16, static_cast<char>('0' + number));
  return file.text();
}

}  // namespace

class TestGgufFile : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void readsTheEmbeddedModel() {
    const auto model = GgufFile::open(embedded_model);
    RH_VERIFY_OK(model);
    const auto digest = sha256(model->files()[0].bytes());
    RH_VERIFY_OK(digest);
    QCOMPARE(to_hex(*digest), std::string("f4207f765dc0b8c6cb59f29fd1f46ccb8e344fe1b0122ff5f533c44f3a556d98"));
    QCOMPARE(model->version(), 3u);
    QCOMPARE(*model->metadata().string("general.architecture"), std::string("glm4moe"));
    QCOMPARE(*model->metadata().integer("glm4moe.expert_count"), 16);
    QCOMPARE(*model->metadata().number("glm4moe.expert_weights_scale"), 4.0);
    QCOMPARE(*model->metadata().boolean("glm4moe.expert_weights_norm"), true);
    QCOMPARE((*model->metadata().strings("tokenizer.ggml.tokens"))->size(), std::size_t{32768});
    QCOMPARE((*model->metadata().strings("tokenizer.ggml.merges"))->size(), std::size_t{32516});
    QCOMPARE(model->tensors().size(), std::size_t{507});
    std::map<DType, int> types;
    std::uint64_t end = 0;
    for (const GgufTensor& tensor : model->tensors()) {
      ++types[*tensor.dtype];
      end = std::max(end, tensor.file_offset + tensor.byte_size);
      QCOMPARE(model->data(tensor)->size(), tensor.byte_size);
      QCOMPARE(reinterpret_cast<std::uintptr_t>(model->data(tensor)->data()) % 32, std::uintptr_t{0});
    }
    QCOMPARE(types[DType::q4_0], 297);
    QCOMPARE(types[DType::f32], 209);
    QCOMPARE(types[DType::q8_0], 1);
    QVERIFY(model->file_bytes() == 82297920 && end <= model->file_bytes());
    const auto experts = model->tensor("blk.5.ffn_gate_exps.weight");
    RH_VERIFY_OK(experts);
    QVERIFY((*experts)->shape == (std::vector<std::int64_t>{16, 64, 576}));
    RH_VERIFY_ERROR(model->tensor("blk.99.none"), ErrorCode::not_found, "'blk.99.none' in", "roundhouse-mini");
    RH_VERIFY_OK(model->verify_unchanged());
  }
  void gathersASplitModelFromAnyOfItsFiles() {
    const Folder folder;
    const char* const names[] = {"m-00001-of-00003.gguf", "m-00002-of-00003.gguf", "m-00003-of-00003.gguf"};
    for (int i = 0; i < 3; ++i) folder.write(names[i], shard(i, 3, "t" + std::to_string(i), 3));
    for (const char* const name : names) {
      auto opened = GgufFile::open(folder.path(name));
      RH_VERIFY_OK(opened);
      const GgufFile model = std::move(opened).value();
      QCOMPARE(model.files().size(), std::size_t{3});
      QCOMPARE(*model.metadata().integer("part"), 0);
      for (int i = 0; i < 3; ++i) {
        const auto tensor = model.tensor("t" + std::to_string(i));
        RH_VERIFY_OK(tensor);
        QCOMPARE((*tensor)->shard, static_cast<std::uint32_t>(i));
        QCOMPARE(static_cast<char>(model.data(**tensor)->front()), static_cast<char>('0' + i));
      }
    }
  }
  void saysWhatIsWrongWithASplitModel() {
    const Folder folder;
    const char* const first = "m-00001-of-00002.gguf";
    const char* const second = "m-00002-of-00002.gguf";
    folder.write(first, shard(0, 2, "a", 2));
    RH_VERIFY_ERROR(GgufFile::open(folder.path(first)), ErrorCode::not_found, second, "no such file");
    folder.write(second, shard(0, 2, "b", 2));
    RH_VERIFY_ERROR(GgufFile::open(folder.path(first)), ErrorCode::malformed, second, "part 2 of 2", "part 1 of 2");
    folder.write(second, shard(1, 2, "a", 2));
    RH_VERIFY_ERROR(GgufFile::open(folder.path(first)), ErrorCode::malformed, "tensor 'a'", "an earlier file too");
    folder.write(second, shard(1, 2, "b", 2).substr(0, 100));
    RH_VERIFY_ERROR(GgufFile::open(folder.path(first)), ErrorCode::malformed, second);
    folder.write(second, shard(1, 2, "b", 2));
    RH_VERIFY_OK(GgufFile::open(folder.path(first)));
    folder.write(first, shard(0, 2, "a", 5));
    RH_VERIFY_ERROR(GgufFile::open(folder.path(first)), ErrorCode::malformed, "5 tensors in 2 files", "found 2");
    RH_VERIFY_ERROR(GgufFile::open(folder.write("renamed.gguf", shard(0, 2, "a", 2))), ErrorCode::malformed, "-00001-of-00002.gguf");
    RH_VERIFY_ERROR(GgufFile::open(folder.write("m-00003-of-00002.gguf", shard(2, 2, "a", 2))), ErrorCode::malformed, "split.no 2");
    RH_VERIFY_ERROR(GgufFile::open(folder.write("many.gguf", shard(2, 60000, "a", 2))), ErrorCode::malformed, "at most 4096");
  }
  void listsAnUnknownTypeButGivesNoData() {
    const Folder folder;
    GgufBytes file(1, 0);
    file.tensor("strange", {10}, 99, 0).pad().fill(64);
    const auto model = GgufFile::open(folder.write("m.gguf", file.text()));
    RH_VERIFY_OK(model);
    QCOMPARE(model->tensors().size(), std::size_t{1});
    RH_VERIFY_ERROR(model->data(model->tensors()[0]), ErrorCode::unsupported, "'strange' in", "m.gguf", "type 99");
  }
  void saysWhatIsWrongWithAFile() {
    const Folder folder;
    RH_VERIFY_ERROR(GgufFile::open(folder.path("none.gguf")), ErrorCode::not_found, "none.gguf");
    RH_VERIFY_ERROR(GgufFile::open(folder.root()), ErrorCode::invalid_argument, "a folder");
    RH_VERIFY_ERROR(GgufFile::open(folder.write("empty.gguf", "")), ErrorCode::malformed, "an empty file");
    RH_VERIFY_ERROR(GgufFile::open(folder.write("text.gguf", "just text")), ErrorCode::malformed, "text.gguf", "'just tex'");
  }
  void aHugeSparseFileCostsNothing() {
    const Folder folder;
    // Zeros behind a header that asks for as much as it may.
    GgufBytes counts(0, 1);
    counts.key("a", 9).put<std::uint32_t>(8).put<std::uint64_t>(std::uint64_t{1} << 33);
    GgufBytes texts(0, 1);
    texts.key("a", 8).put<std::uint64_t>(std::uint64_t{1} << 38);
    GgufBytes tensors(std::uint64_t{1} << 30, 0);
    GgufBytes entries(0, std::uint64_t{1} << 30);
    for (const GgufBytes* const bytes : {&counts, &texts, &tensors, &entries}) {
      const std::string path = folder.write("huge.gguf", bytes->text());
      QCOMPARE(::truncate(path.c_str(), off_t{1} << 40), 0);
      QElapsedTimer timer;
      timer.start();
      RH_VERIFY_ERROR(GgufFile::open(path), ErrorCode::limit, "at most");
      QVERIFY(timer.elapsed() < 1000);
    }
    // A well-formed one, larger than memory, opens; its far end can be read.
    GgufBytes large(1, 0);
    large.tensor("t", {std::uint64_t{1} << 37}, 0, 0).pad();
    const std::string path = folder.write("large.gguf", large.text());
    QCOMPARE(::truncate(path.c_str(), static_cast<off_t>(large.text().size() + (std::uint64_t{1} << 39))), 0);
    const auto model = GgufFile::open(path);
    RH_VERIFY_OK(model);
    QCOMPARE(static_cast<int>(model->data(model->tensors()[0])->back()), 0);
  }
  void aRealFileBrokenAtRandomNeverCrashes() {
    QFile file(QString::fromStdString(embedded_model));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const std::string whole = file.readAll().toStdString();
    const std::uint64_t header_bytes = parse_gguf_header(as_bytes(whole), "m")->data_offset;
    std::mt19937 random(17);
    std::string broken = whole;
    int failed = 0;
    for (int round = 0; round < 60; ++round) {
      whole.copy(broken.data(), header_bytes);
      for (int i = 0; i < 1 + round % 50; ++i) broken[random() % header_bytes] ^= static_cast<char>(1 << (random() % 8));
      const std::size_t length = round % 10 == 0 ? random() % header_bytes : whole.size();
      failed += !parse_gguf_header(as_bytes(broken).first(length), "m").ok();
    }
    QVERIFY(failed > 6);
    const Folder folder;
    for (const std::size_t length : {std::size_t{3}, std::size_t{23}, std::size_t{1000}, static_cast<std::size_t>(header_bytes), whole.size() - 1000}) {
      const auto model = GgufFile::open(folder.write("cut.gguf", whole.substr(0, length)));
      QVERIFY(!model.ok());
      QVERIFY2(test::contains(model.error().message(), "cut.gguf"), model.error().message().c_str());
    }
  }
  void aModelThatShrinksIsAnError() {
    const Folder folder;
    const std::string path = folder.write("m.gguf", GgufBytes(1, 0).tensor("t", {100000}, 0, 0).pad().fill(400000, 'x').text());
    const auto model = GgufFile::open(path);
    RH_VERIFY_OK(model);
    QCOMPARE(::truncate(path.c_str(), 1000), 0);
    const auto bytes = model->data(model->tensors()[0]);
    QCOMPARE(static_cast<int>((*bytes)[399999]), 0);
    RH_VERIFY_ERROR(model->verify_unchanged(), ErrorCode::conflict, "m.gguf", "1000 bytes");
  }
  void readsVocabulariesWrittenByOthers() {
    const QDir folder(ROUNDHOUSE_SHARED_DIR "/reference/tokenizers");
    const QStringList names = folder.entryList({"*.gguf"}, QDir::Files);
    if (names.isEmpty()) QSKIP("no reference files here");
    for (const QString& name : names) {
      const auto model = GgufFile::open(folder.filePath(name).toStdString());
      RH_VERIFY_OK(model);
      QVERIFY((*model->metadata().strings("tokenizer.ggml.tokens"))->size() > 1000);
    }
  }
};

QTEST_APPLESS_MAIN(TestGgufFile)
#include "test_gguf_file.moc"
