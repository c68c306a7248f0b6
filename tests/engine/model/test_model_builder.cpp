// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "engine/model/families.h"
#include "engine/model/model_builder.h"
#include "tests/engine/fixtures/tiny_gguf.h"

using namespace roundhouse;
using namespace roundhouse::testing;

class TestModelBuilder : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void bothFormatsGiveTheSameModel() {
    const TinyFile file;
    const BuiltModel a = build_model(open_model_source(write_tiny_gguf(path("a.gguf"), file)).value()).value();
    const BuiltModel b = build_model(open_model_source(write_tiny_hugging_face(path("a"), file)).value()).value();
    QCOMPARE(a.spec.width, 32);
    QCOMPARE(a.spec.vocabulary, static_cast<std::int32_t>(file.vocabulary()));
    QCOMPARE(a.spec.layers.size(), std::size_t{2});
    const LayerSpec& layer = a.spec.layers[1];
    QVERIFY(layer.routed && layer.router.score == RouterScore::softmax && layer.router.normalise);
    QCOMPARE(layer.router.experts, 4);
    QCOMPARE(layer.router.top_k, 2);
    QCOMPARE(layer.ffn_width, 16);
    QVERIFY(layer.qk_norm == QkNorm::per_head);
    QCOMPARE(b.spec.layers[1].rope.inv_freq, layer.rope.inv_freq);
    QCOMPARE(a.weights.all().size(), b.weights.all().size());
    for (const Weight& w : a.weights.all()) {
      const Weight* other = b.weights.find(w.name);
      QVERIFY2(other, w.name.c_str());
      QCOMPARE(other->bytes, w.bytes);
      QVERIFY2(std::memcmp(other->data, w.data, w.bytes) == 0, w.name.c_str());  // experts stacked in order
    }
  }
  // Only the table of families may know a name: each row of it builds under its own.
  void everyFamilyOfTheTableIsFound() {
    for (const char* name : {"glm4moe", "llama", "qwen3moe", "qwen3", "olmoe"}) {
      QVERIFY2(find_family(ModelFormat::gguf, name), name);
      QVERIFY(supported_families(ModelFormat::gguf).find(name) != std::string::npos);
    }
    QVERIFY(!find_family(ModelFormat::gguf, "glm4_moe"));  // the other format's spelling
    TinyFile unheard_of;
    unheard_of.architecture = "unheard-of";
    refuse(unheard_of, ErrorCode::unsupported, "unheard-of");
  }
  void aMissingTensorIsNamed() {
    for (const char* name : {"token_embd.weight", "output_norm.weight", "blk.1.attn_k.weight", "blk.0.ffn_down_exps.weight"}) {
      TinyFile file;
      file.without.insert(name);
      const auto built = build(file);
      QVERIFY(!built.ok());
      QVERIFY2(built.error().code == ErrorCode::malformed, built.error().message().c_str());
    }
    TinyFile tied;  // without an output the embedding serves
    tied.without.insert("output.weight");
    QVERIFY(build(tied).ok());
  }
  void aWrongShapeIsNamed() {
    TinyFile file;
    file.shapes["blk.1.ffn_up_exps.weight"] = {4, 15, 32};
    refuse(file, ErrorCode::malformed, "blk.1.ffn_up_exps.weight");
    file.shapes = {{"blk.0.attn_q.weight", {32, 64}}};
    refuse(file, ErrorCode::malformed, "blk.0.attn_q.weight");
  }
  void impossibleNumbersAreRefused() {
    const auto with = [](const char* key, std::uint32_t value) {
      TinyFile file;
      file.metadata[key] = GgufValue::of_u32(value);
      return file;
    };
    refuse(with("qwen3moe.block_count", 0), ErrorCode::malformed, "block_count");
    refuse(with("qwen3moe.block_count", 5000), ErrorCode::malformed, "block_count");
    refuse(with("qwen3moe.expert_used_count", 0), ErrorCode::malformed, "expert_used_count");
    refuse(with("qwen3moe.expert_used_count", 5), ErrorCode::malformed, "expert_used_count");
    refuse(with("qwen3moe.attention.head_count_kv", 3), ErrorCode::malformed, "head_count_kv");
    refuse(with("qwen3moe.expert_group_count", 3), ErrorCode::malformed, "groups");
    refuse(with("qwen3moe.expert_gating_func", 9), ErrorCode::unsupported, "expert_gating_func");
    TinyFile scaled;
    scaled.metadata["qwen3moe.rope.scaling.type"] = GgufValue::of_string("yarn");
    refuse(scaled, ErrorCode::unsupported, "yarn");
  }
  void aWindowCountsOnlyWhereTheConfigUsesIt() {
    const auto window = [&](const char* config, int layer) {
      return build_model(open_model_source(write_tiny_hugging_face(path("window"), {}, config)).value()).value()
          .spec.layers[static_cast<std::size_t>(layer)].attention.window_tokens;
    };
    QCOMPARE(window(R"(, "sliding_window": 16)", 0), 16);
    QCOMPARE(window(R"(, "sliding_window": 16, "use_sliding_window": false)", 0), 0);
    QCOMPARE(window(R"(, "sliding_window": null, "use_sliding_window": true)", 0), 0);
    QCOMPARE(window(R"(, "sliding_window": 16, "use_sliding_window": true, "max_window_layers": 1)", 0), 0);
    QCOMPARE(window(R"(, "sliding_window": 16, "use_sliding_window": true, "max_window_layers": 1)", 1), 16);
  }
  void anotherActivationIsRefused() {
    const auto source = open_model_source(write_tiny_hugging_face(path("gelu"), {}, R"(, "hidden_act": "gelu")")).value();
    const auto built = build_model(source);
    QVERIFY(!built.ok());
    QVERIFY2(built.error().code == ErrorCode::unsupported && built.error().message().find("gelu") != std::string::npos,
             built.error().message().c_str());
  }

 private:
  std::string path(const char* name) const { return folder_.filePath(name).toStdString(); }
  Result<BuiltModel> build(const TinyFile& file) const {
    return build_model(open_model_source(write_tiny_gguf(path("built.gguf"), file)).value());
  }
  void refuse(const TinyFile& file, ErrorCode code, const char* names) const {
    const auto built = build(file);
    QVERIFY2(!built.ok(), names);
    QVERIFY2(built.error().code == code, built.error().message().c_str());
    QVERIFY2(built.error().message().find(names) != std::string::npos, built.error().message().c_str());
  }
  QTemporaryDir folder_;
};

QTEST_APPLESS_MAIN(TestModelBuilder)
#include "test_model_builder.moc"
