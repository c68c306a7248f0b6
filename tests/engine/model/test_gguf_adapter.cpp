// SPDX-License-Identifier: Apache-2.0
#include "engine/model/gguf_adapter.h"

#include <QtTest>

#include "engine/cpu/create_backend.h"
#include "engine/io/gguf_file.h"
#include "engine/io/gguf_writer.h"
#include "engine/model/families.h"
#include "engine/model/model_builder.h"
#include "engine/model/weight_update.h"
#include "tests/engine/fixtures/random_adapter.h"
#include "tests/engine/fixtures/tiny_gguf.h"
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
  // A model in Hugging Face layout and its GGUF twin, whose rows of q and k stand in the order of neighbouring pairs: the
  // adapter of one, written as GGUF, does the same to the other.
  void anAdapterOfAFolderFitsItsGgufTwin() {
    TinyFile file;
    for (const char* l : {"0.", "1."}) {
      file.without.insert({std::string("model.layers.") + l + "self_attn.q_norm.weight", std::string("model.layers.") + l + "self_attn.k_norm.weight"});
      file.without.insert({std::string("blk.") + l + "attn_q_norm.weight", std::string("blk.") + l + "attn_k_norm.weight"});
    }
    file.config = {{"model_type", "\"mixtral\""}};
    file.architecture = "llama";
    const auto load = [](const std::string& from) {
      BuiltModel built = build_model(open_model_source(from).value()).value();
      return std::make_shared<const TextModel>(std::move(built.spec), std::move(built.weights));
    };
    const auto hugging_face = load(write_tiny_hugging_face(path("twin"), file));
    const auto same_rows = load(write_tiny_gguf(path("rows.gguf"), file));
    std::vector<WeightUpdate> updates;
    for (const std::string weight : {"layers.0.q", "layers.0.k", "layers.1.q", "layers.1.k"}) {
      const auto* const rows = reinterpret_cast<const float*>(hugging_face->weights().find(weight)->data);
      updates.push_back({weight, {}, [rows](std::int64_t, std::int64_t row, float* values) {
                           const std::int64_t within = row % 8;  // of a head; row 2i + s is row i + 4s there
                           std::copy_n(rows + (row - within + within / 2 + within % 2 * 4) * 32, 32, values);
                         }});
    }
    const auto twin = update_weights(same_rows, updates).value();
    std::mt19937 random(6);
    LoraAdapter adapter{"a", {}, {}};
    for (const char* weight : {"layers.0.q", "layers.0.k", "layers.1.v"}) adapter.modules.push_back(random_module(random, *hugging_face, {weight}, 2));
    adapter.modules.push_back(random_module(random, *hugging_face, {"layers.1.experts.gate", "layers.1.experts.up"}, 3));
    const std::string architecture = gguf_architecture(ModelFormat::hugging_face, "mixtral");
    QCOMPARE(architecture, std::string("llama"));
    QVERIFY(write_gguf_adapter(path("twin.gguf"), adapter, *hugging_face, architecture).ok());
    QVERIFY(same_effect(*hugging_face, read_gguf_adapter(path("twin.gguf"), *hugging_face, architecture).value(), adapter));

    const auto merged = merge_adapter(hugging_face, adapter).value();
    const auto merged_twin = merge_adapter(twin, read_gguf_adapter(path("twin.gguf"), *twin, "llama").value()).value();
    const auto logits = [](const TextModel& model) {
      const auto backend = create_cpu_backend(Isa::reference, 1).value();
      for (const Weight& weight : model.weights().all()) {
        if (!backend->prepare(1, weight).ok()) qFatal("not prepared");
      }
      const std::vector<std::int32_t> places = {0, 1, 2, 3, 4, 5, 6, 7}, one(8, 0), tokens = {1, 5, 9, 2, 7, 7, 3, 8};
      const BatchSequence sequence{0, 8, 0, nullptr};
      Batch batch;
      batch.rows = batch.outputs = 8;
      batch.tokens = tokens.data();
      batch.positions = batch.output_rows = places.data();
      batch.sequence = one.data();
      batch.sequences = std::span(&sequence, 1);
      batch.routed_layers = 2;
      const Tensor out = model.forward(*backend, batch);
      return std::vector<float>(out.f32(), out.f32() + out.elements());
    };
    const auto a = logits(*merged), b = logits(*merged_twin), base = logits(*hugging_face);
    float difference = 0, effect = 0;
    for (std::size_t i = 0; i < a.size(); ++i) difference = std::max(difference, std::abs(a[i] - b[i])), effect = std::max(effect, std::abs(a[i] - base[i]));
    QVERIFY2(difference < 1e-4f && effect > 0.1f, qPrintable(QString("%1, %2").arg(difference).arg(effect)));
    QVERIFY(!write_gguf_adapter(path("none.gguf"), adapter, *hugging_face, "").ok());
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
  void magnitudesAreRefused() {
    const auto model = tiny_model();
    const QTemporaryDir folder;
    const Status written = write_gguf_adapter(folder.filePath("a.gguf").toStdString(), with_magnitudes(4, *model, random_adapter(2, *model, 2), false), *model, "llama");
    QVERIFY(!written.ok() && written.error().code == ErrorCode::unsupported && written.error().message().find("DoRA") != std::string::npos);
    QVERIFY(!QFile::exists(folder.filePath("a.gguf")));
  }
};

QTEST_GUILESS_MAIN(TestGgufAdapter)
#include "test_gguf_adapter.moc"
