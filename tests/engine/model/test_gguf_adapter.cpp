// SPDX-License-Identifier: Apache-2.0
#include "engine/model/gguf_adapter.h"

#include <QtTest>

#include "engine/io/gguf_file.h"
#include "engine/io/gguf_writer.h"
#include "tests/engine/fixtures/random_adapter.h"
#include "tests/engine/fixtures/tiny_model.h"

using namespace roundhouse;
using namespace roundhouse::testing;

class TestGgufAdapter : public QObject {
  Q_OBJECT
  const QTemporaryDir folder_;
  std::string path(const char* name) const { return folder_.filePath(name).toStdString(); }

 private Q_SLOTS:
  void whatIsWrittenIsRead() {
    const auto model = tiny_model();
    LoraAdapter adapter = random_adapter(1, *model, 3);
    std::mt19937 random(4);
    adapter.modules.push_back(random_module(random, *model, {"layers.2.experts.gate"}, 5));
    QVERIFY(write_gguf_adapter(path("a.gguf"), adapter, *model, "arch").ok());
    const auto read = read_gguf_adapter(path("a.gguf"), *model, "arch");
    QVERIFY2(read.ok(), read.ok() ? "" : read.error().message().c_str());
    QCOMPARE(read->name, std::string("a"));
    QVERIFY(same_effect(*model, *read, adapter));
  }
  // Names, shapes and keys that llama.cpp looks for.
  void theFileIsLaidOutForLlamaCpp() {
    const auto model = tiny_model();
    QVERIFY(write_gguf_adapter(path("b.gguf"), random_adapter(1, *model, 2), *model, "arch").ok());
    const auto file = GgufFile::open(path("b.gguf"));
    QVERIFY(file.ok());
    QCOMPARE(file->metadata().string("general.type").value(), std::string("adapter"));
    QCOMPARE(file->metadata().string("adapter.type").value(), std::string("lora"));
    QCOMPARE(file->metadata().string("general.architecture").value(), std::string("arch"));
    QCOMPARE(file->metadata().number("adapter.lora.alpha").value(), 2.0);
    QCOMPARE(file->find_tensor("blk.0.attn_q.weight.lora_a")->shape, (std::vector<std::int64_t>{2, 32}));
    QCOMPARE(file->find_tensor("blk.0.attn_q.weight.lora_b")->shape, (std::vector<std::int64_t>{32, 2}));
    QCOMPARE(file->find_tensor("blk.1.ffn_gate_exps.weight.lora_a")->shape, (std::vector<std::int64_t>{8, 2, 32}));
    QCOMPARE(file->find_tensor("blk.1.ffn_up_exps.weight.lora_b")->shape, (std::vector<std::int64_t>{8, 16, 2}));
    QCOMPARE(file->find_tensor("blk.1.ffn_down_exps.weight.lora_a")->shape, (std::vector<std::int64_t>{8, 2, 16}));
  }
  void whatIsNoAdapterOfThisModelIsRefusedByName() {
    const auto model = tiny_model();
    const auto refused = [&](const std::function<void(GgufWriter&)>& announce, const std::string& named) {
      auto writer = GgufWriter::create(path("c.gguf"));
      announce(*writer);
      (void)writer->write_data(std::vector<std::byte>(4 * (2 * 32 + 32 * 2)));
      if (const Status done = writer->finish(); !done.ok()) qFatal("%s", done.error().message().c_str());
      const auto read = read_gguf_adapter(path("c.gguf"), *model, "arch");
      const std::string said = read.ok() ? "read" : read.error().message();
      QVERIFY2(!read.ok() && said.find(named) != std::string::npos, said.c_str());
    };
    const auto header = [](GgufWriter& w, const char* type, const char* kind, const char* arch) {
      (void)w.add_metadata("general.type", GgufValue::of_string(type));
      (void)w.add_metadata("adapter.type", GgufValue::of_string(kind));
      (void)w.add_metadata("general.architecture", GgufValue::of_string(arch));
      (void)w.add_metadata("adapter.lora.alpha", GgufValue::of_f32(4));
    };
    const auto pair = [](GgufWriter& w, const std::string& tensor, std::vector<std::int64_t> a = {2, 32}, std::vector<std::int64_t> b = {32, 2}) {
      (void)w.add_tensor(tensor + ".lora_a", DType::f32, a);
      (void)w.add_tensor(tensor + ".lora_b", DType::f32, b);
    };
    refused([&](GgufWriter& w) { header(w, "model", "lora", "arch"), pair(w, "blk.0.attn_q.weight"); }, "general.type");
    refused([&](GgufWriter& w) { header(w, "adapter", "vector", "arch"), pair(w, "blk.0.attn_q.weight"); }, "adapter.type");
    refused([&](GgufWriter& w) { header(w, "adapter", "lora", "other"), pair(w, "blk.0.attn_q.weight"); }, "other");
    refused([&](GgufWriter& w) { header(w, "adapter", "lora", "arch"), pair(w, "blk.9.attn_q.weight"); }, "blk.9.attn_q");
    refused([&](GgufWriter& w) { header(w, "adapter", "lora", "arch"), pair(w, "token_embd.weight"); }, "token_embd");
    refused([&](GgufWriter& w) { header(w, "adapter", "lora", "arch"), pair(w, "blk.0.attn_q.weight", {4, 16}, {32, 2}); }, "attn_q");
    refused([&](GgufWriter& w) { header(w, "adapter", "lora", "arch"), pair(w, "blk.0.attn_q.weight", {1, 2, 32}); }, "attn_q");
    refused([&](GgufWriter& w) { header(w, "adapter", "lora", "arch"); (void)w.add_tensor("blk.0.attn_q.weight.lora_a", DType::f32, {4, 32}); }, "A alone");
    refused([&](GgufWriter& w) { header(w, "adapter", "lora", "arch"); (void)w.add_tensor("blk.0.attn_q.weight", DType::f32, {4, 32}); }, "blk.0.attn_q.weight");
    QVERIFY(!read_gguf_adapter("/no/such.gguf", *model, "arch").ok());
  }
};

QTEST_GUILESS_MAIN(TestGgufAdapter)
#include "test_gguf_adapter.moc"
