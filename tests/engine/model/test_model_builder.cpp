// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <cmath>
#include <limits>

#include "engine/model/families.h"
#include "engine/model/model_builder.h"
#include "tests/engine/fixtures/tiny_gguf.h"

using namespace roundhouse;
using namespace roundhouse::testing;

// Tests of engine/model: keys shape_check weight_collector
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
  void aTensorWithoutElementsIsNamed() {
    const std::string name = "model.layers.0.mlp.experts.gate_up_proj";
    for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{4, 0, 32}, {0, 32, 32}, {4, 32, 0}}) {
      TinyFile file;
      file.without = {"blk.0.ffn_gate_exps.weight", "blk.0.ffn_up_exps.weight"};
      file.shapes[name] = shape;
      refuse_folder(file, ErrorCode::malformed, name.c_str());
    }
    TinyFile norm;
    norm.shapes["model.norm.weight"] = {0};
    refuse_folder(norm, ErrorCode::malformed, "model.norm.weight");
  }
  // As published ones have them: norms and biases too.
  void sixteenBitVectorsAreAccepted() {
    for (const DType type : {DType::f16, DType::bf16}) {
      TinyFile file;
      file.type = type;
      const auto built = build_folder(file);
      QVERIFY2(built.ok(), built.ok() ? "" : built.error().message().c_str());
      QVERIFY(built->weights.output_norm->type == type);
    }
  }
  void impossibleNumbersAreRefused() {
    const auto with = [](const char* key, GgufValue value) {
      TinyFile file;
      file.metadata[std::string("qwen3moe.") + key] = std::move(value);
      return file;
    };
    const auto number = [](std::uint64_t n) { return GgufValue::of_u64(n); };
    const float nan = std::numeric_limits<float>::quiet_NaN(), infinite = std::numeric_limits<float>::infinity();
    refuse(with("block_count", number(0)), ErrorCode::malformed, "block_count");
    refuse(with("block_count", number(5000)), ErrorCode::malformed, "block_count");
    refuse(with("block_count", number((1ull << 32) + 2)), ErrorCode::malformed, "block_count");
    refuse(with("expert_used_count", number(0)), ErrorCode::malformed, "expert_used_count");
    refuse(with("expert_used_count", number(5)), ErrorCode::malformed, "expert_used_count");
    refuse(with("expert_used_count", number((1ull << 32) + 2)), ErrorCode::malformed, "expert_used_count");
    refuse(with("attention.head_count_kv", number(3)), ErrorCode::malformed, "head_count_kv");
    refuse(with("expert_group_count", number(3)), ErrorCode::malformed, "groups");
    refuse(with("expert_group_count", number((1ull << 32) + 1)), ErrorCode::malformed, "expert_group_count");
    refuse(with("expert_group_used_count", number(0)), ErrorCode::malformed, "expert_group_used_count");
    refuse(with("expert_gating_func", number(9)), ErrorCode::unsupported, "expert_gating_func");
    for (const float bad : {nan, infinite, -1.0f}) {
      refuse(with("attention.layer_norm_rms_epsilon", GgufValue::of_f32(bad)), ErrorCode::malformed, "layer_norm_rms_epsilon");
      refuse(with("expert_weights_scale", GgufValue::of_f32(bad)), ErrorCode::malformed, "expert_weights_scale");
      refuse(with("rope.freq_base", GgufValue::of_f32(bad)), ErrorCode::malformed, "rope.freq_base");
    }
    refuse(with("rope.scaling.type", GgufValue::of_string("longrope")), ErrorCode::unsupported, "longrope");
    TinyFile fraction;
    fraction.config["partial_rotary_factor"] = "1e300";
    refuse_folder(fraction, ErrorCode::malformed, "partial_rotary_factor");
  }
  void aValueOfAnotherKindIsRefusedNotIgnored() {
    for (const char* key : {"attention.layer_norm_rms_epsilon", "rope.freq_base", "expert_weights_scale", "attention.head_count_kv"}) {
      TinyFile file;
      file.metadata[std::string("qwen3moe.") + key] = GgufValue::of_string("0.5");
      refuse(file, ErrorCode::malformed, key);
    }
    TinyFile flag;
    flag.metadata["qwen3moe.expert_weights_norm"] = GgufValue::of_u32(1);
    refuse(flag, ErrorCode::malformed, "expert_weights_norm");
    TinyFile whole;
    whole.config["num_key_value_heads"] = "2.0";
    QCOMPARE(build_folder(whole)->spec.layers[0].attention.kv_heads, 2);
  }
  void headsByLayerCountWhenTheyAreTheSame() {
    const auto with = [](std::vector<std::int64_t> heads) {
      TinyFile file;
      file.metadata["qwen3moe.attention.head_count_kv"] = GgufValue::of_i32s(std::move(heads));
      return file;
    };
    QCOMPARE(build(with({2, 2}))->spec.layers[1].attention.kv_heads, 2);
    refuse(with({2, 4}), ErrorCode::unsupported, "head_count_kv");
    refuse(with({2, 2, 2}), ErrorCode::malformed, "head_count_kv");
  }
  void arithmeticThatIsNotDoneHereIsRefused() {
    TinyFile clamped;
    clamped.metadata["qwen3moe.attention.clamp_kqv"] = GgufValue::of_f32(0);
    QVERIFY(build(clamped).ok());
    clamped.metadata["qwen3moe.attention.clamp_kqv"] = GgufValue::of_f32(8);
    refuse(clamped, ErrorCode::unsupported, "clamp_kqv");
    TinyFile clipped;
    clipped.config["clip_qkv"] = "null";
    QVERIFY(build_folder(clipped).ok());
    clipped.config["clip_qkv"] = "8.0";
    refuse_folder(clipped, ErrorCode::unsupported, "clip_qkv");
    TinyFile gelu;
    gelu.config["hidden_act"] = "\"gelu\"";
    refuse_folder(gelu, ErrorCode::unsupported, "gelu");
    TinyFile biased;  // of which there are no tensors
    biased.config["attention_bias"] = "true";
    refuse_folder(biased, ErrorCode::malformed, "attention_bias");
  }
  void scaledPositionsAreReadFromEachFormat() {
    TinyFile plain;
    const std::vector<float> unscaled = build(plain)->spec.layers[0].rope.inv_freq;
    TinyFile linear;  // in GGUF a factor counts without a type, too
    linear.metadata["qwen3moe.rope.scaling.factor"] = GgufValue::of_f32(4);
    const std::vector<float> scaled = build(linear)->spec.layers[1].rope.inv_freq;
    for (std::size_t i = 0; i < scaled.size(); ++i) QCOMPARE(scaled[i], unscaled[i] / 4);
    linear.metadata["qwen3moe.rope.scaling.type"] = GgufValue::of_string("none");
    QCOMPARE(build(linear)->spec.layers[0].rope.inv_freq, unscaled);
    linear.metadata["qwen3moe.rope.scaling.type"] = GgufValue::of_string("linear");
    linear.metadata["qwen3moe.rope.scaling.factor"] = GgufValue::of_f32(0);  // none
    QCOMPARE(build(linear)->spec.layers[0].rope.inv_freq, unscaled);

    TinyFile divided;  // a divisor for each frequency
    divided.shapes["rope_freqs.weight"] = {4};
    divided.filled["rope_freqs.weight"] = 2.0f;
    const std::vector<float> halves = build(divided)->spec.layers[0].rope.inv_freq;
    for (std::size_t i = 0; i < halves.size(); ++i) QCOMPARE(halves[i], unscaled[i] / 2);
    divided.filled["rope_freqs.weight"] = 0.0f;
    refuse(divided, ErrorCode::malformed, "rope_freqs.weight");
    divided.shapes["rope_freqs.weight"] = {3};
    refuse(divided, ErrorCode::malformed, "rope_freqs.weight");

    TinyFile yarn;
    yarn.config["rope_scaling"] = R"({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32})";
    const RopeSpec rope = build_folder(yarn)->spec.layers[0].rope;
    QCOMPARE(rope.magnitude, static_cast<float>(0.1 * std::log(4.0) + 1.0));
    QVERIFY(rope.inv_freq.back() < build_folder(plain)->spec.layers[0].rope.inv_freq.back());
    TinyFile llama3;
    llama3.config["rope_scaling"] = R"({"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 1.0})";
    refuse_folder(llama3, ErrorCode::malformed, "high_freq_factor");
    llama3.config["rope_scaling"] = R"({"rope_type": "llama3", "factor": 8.0})";
    refuse_folder(llama3, ErrorCode::malformed, "low_freq_factor");
    llama3.config["rope_scaling"] = R"({"rope_type": "dynamic", "factor": 8.0})";
    refuse_folder(llama3, ErrorCode::unsupported, "dynamic");
  }
  void anEmbeddingServesAsOutputOnlyWhereTheConfigSaysSo() {
    TinyFile file;
    file.without = {"lm_head.weight"};
    refuse_folder(file, ErrorCode::malformed, "lm_head.weight");
    file.config["tie_word_embeddings"] = "false";
    refuse_folder(file, ErrorCode::malformed, "tie_word_embeddings");
    file.config["tie_word_embeddings"] = "true";
    const auto built = build_folder(file);
    QVERIFY(built.ok() && built->weights.output.weight == built->weights.embedding);
  }
  // Those of transformers' configuration classes.
  void keysLeftOutHaveTheirFamilysDefaults() {
    TinyFile file;
    file.top_k = 4;
    file.without = {"rms_norm_eps", "rope_theta", "norm_topk_prob"};
    const ModelSpec qwen = build_folder(file)->spec;
    QCOMPARE(qwen.norm_epsilon, 1e-6f);
    QCOMPARE(qwen.layers[0].rope.inv_freq[1], std::pow(10000.0f, -0.25f));
    QVERIFY(!qwen.layers[0].router.normalise);
    file.without.insert("num_experts_per_tok");
    refuse_folder(file, ErrorCode::malformed, "num_experts_per_tok");  // eight, of four
    file.without.insert({"blk.0.attn_q_norm.weight", "blk.0.attn_k_norm.weight", "blk.1.attn_q_norm.weight", "blk.1.attn_k_norm.weight"});
    file.config["model_type"] = "\"mixtral\"";
    const ModelSpec mixtral = build_folder(file)->spec;
    QCOMPARE(mixtral.norm_epsilon, 1e-5f);
    QCOMPARE(mixtral.layers[0].rope.inv_freq[1], static_cast<float>(std::pow(1e6, -0.25)));
    QCOMPARE(mixtral.layers[0].router.top_k, 2);
    file.config = {{"model_type", "\"glm4_moe\""}, {"num_experts_per_tok", "2"}};
    file.without.erase("num_experts_per_tok");
    QCOMPARE(build_folder(file)->spec.layers[0].rope.inv_freq.size(), std::size_t{2});  // half of a head of eight
    TinyFile bare;  // a GGUF file states its epsilon
    bare.without = {"qwen3moe.attention.layer_norm_rms_epsilon"};
    refuse(bare, ErrorCode::malformed, "layer_norm_rms_epsilon");
    TinyFile shaped;  // widths of heads follow from the matrices
    shaped.without = {"head_dim", "num_key_value_heads"};
    QCOMPARE(build_folder(shaped)->spec.layers[0].attention.kv_heads, 2);
  }
  void aWindowCountsOnlyWhereTheConfigUsesIt() {
    const auto window = [&](std::map<std::string, std::string> config, std::size_t layer) {
      TinyFile file;
      file.config = std::move(config);
      return build_folder(file)->spec.layers[layer].attention.window_tokens;
    };
    const auto dense_window = [&](std::map<std::string, std::string> config, std::size_t layer) {
      config["model_type"] = "\"qwen3\"";
      return window(std::move(config), layer);
    };
    QCOMPARE(window({{"sliding_window", "16"}}, 0), 0);  // Qwen's default is not to use it
    QCOMPARE(window({{"sliding_window", "16"}, {"use_sliding_window", "false"}}, 0), 0);
    QCOMPARE(window({{"sliding_window", "16"}, {"use_sliding_window", "true"}}, 0), 16);
    // Of the two, the mixture of experts does not look at the layer from which the dense one's window counts.
    const std::map<std::string, std::string> from_layer = {{"sliding_window", "16"}, {"use_sliding_window", "true"}, {"max_window_layers", "1"}};
    QCOMPARE(window(from_layer, 0), 16);
    QCOMPARE(dense_window(from_layer, 0), 0);
    QCOMPARE(dense_window(from_layer, 1), 16);
    std::map<std::string, std::string> listed = from_layer;
    listed["layer_types"] = R"(["sliding_attention", "full_attention"])";
    QCOMPARE(dense_window(listed, 0), 16);
    QCOMPARE(dense_window(listed, 1), 0);
    TinyFile file;
    file.config = {{"use_sliding_window", "true"}};
    refuse_folder(file, ErrorCode::malformed, "sliding_window");
    file.config = {{"layer_types", R"(["full_attention", "sliding_attention"])"}};
    refuse_folder(file, ErrorCode::unsupported, "layer_types");
    file.config = {{"layer_types", R"(["full_attention"])"}};
    refuse_folder(file, ErrorCode::malformed, "layer_types");
  }
  void aTensorThatNothingUsesIsNamed() {
    const auto more = [](const char* name, std::vector<std::int64_t> shape) {
      TinyFile file;
      file.shapes[name] = std::move(shape);
      return file;
    };
    refuse(more("blk.0.ffn_up_shexp.weight", {16, 32}), ErrorCode::malformed, "layers.0.shared.down");  // a part of a shared expert
    refuse(more("blk.0.ffn_gate.weight", {16, 32}), ErrorCode::unsupported, "blk.0.ffn_gate.weight");  // dense, in a routed layer
    refuse(more("blk.0.attn_q.bias", {32}), ErrorCode::malformed, "layers.1.q.bias");  // in one layer of two
    refuse(more("blk.0.strange.weight", {32}), ErrorCode::unsupported, "blk.0.strange.weight");
    refuse(more("rope_factors_long.weight", {4}), ErrorCode::unsupported, "scaled rotary positions");  // known, and said
    refuse(more("blk.2.attn_norm.weight", {32}), ErrorCode::malformed, "blk.2.attn_norm.weight");  // of a layer too many
    TinyFile mixtral = more("blk.0.attn_q_norm.weight", {8});
    for (const char* name : {"blk.0.attn_k_norm.weight", "blk.1.attn_q_norm.weight", "blk.1.attn_k_norm.weight"}) mixtral.without.insert(name);
    mixtral.config["model_type"] = "\"mixtral\"";
    refuse_folder(mixtral, ErrorCode::unsupported, "q_norm");  // of another family
    TinyFile further;  // layers that predict further tokens are left out
    further.shapes["model.layers.2.eh_proj.weight"] = {32, 64};
    further.config["num_nextn_predict_layers"] = "1";
    QVERIFY(build_folder(further).ok());
  }
  void twoTensorsOfOneMeaningAreRefused() {
    TinyFile fused;
    fused.shapes["blk.0.ffn_gate_up_exps.weight"] = {4, 32, 32};
    refuse(fused, ErrorCode::malformed, "a second one");
    TinyFile zeros;
    zeros.without.insert("blk.0.ffn_gate_exps.weight");
    for (const char* name : {"blk.0.ffn_gate.0.weight", "blk.0.ffn_gate.1.weight", "blk.0.ffn_gate.2.weight", "blk.0.ffn_gate.3.weight"}) {
      zeros.shapes[name] = {16, 32};
    }
    QVERIFY(build(zeros).ok());
    zeros.shapes["blk.0.ffn_gate.00.weight"] = {16, 32};
    refuse(zeros, ErrorCode::unsupported, "blk.0.ffn_gate.00.weight");
    TinyFile both;  // stacked and one by one
    both.shapes["blk.0.ffn_gate.0.weight"] = {16, 32};
    refuse(both, ErrorCode::malformed, "a second one");
  }
  void aNormThatTheFamilyNeedsIsMissed() {
    TinyFile file;
    file.without.insert("blk.1.attn_q_norm.weight");
    refuse(file, ErrorCode::malformed, "layers.1.q_norm");
    file.without.insert("blk.1.attn_k_norm.weight");
    refuse(file, ErrorCode::malformed, "layers.1.q_norm");
    file.config["model_type"] = "\"glm4_moe\"";  // may go without, but in all layers
    refuse_folder(file, ErrorCode::malformed, "layers.1.q_norm");
    file.without.insert({"blk.0.attn_q_norm.weight", "blk.0.attn_k_norm.weight"});
    QVERIFY(build_folder(file).ok());
    file.config["use_qk_norm"] = "true";
    refuse_folder(file, ErrorCode::malformed, "layers.0.q_norm");
    TinyFile unrouted;
    unrouted.without.insert("blk.0.ffn_gate_inp.weight");
    refuse(unrouted, ErrorCode::malformed, "layers.0.router");
  }
  void piecesAreStackedAfterwards() {
    const auto source = open_model_source(write_tiny_hugging_face(path("pieces"))).value();
    BuiltModel built = build_model(source, false).value();
    QCOMPARE(built.stacked.size(), std::size_t{6});  // three matrices of two layers
    std::uint64_t expected = 0, copied = 0;
    for (const StackedWeight& stacked : built.stacked) {
      QVERIFY(stacked.weight->data == nullptr);
      expected += stacked.weight->bytes;
    }
    const CancelToken stop;
    const Status cancelled = stack_weights(built, stop, [&](std::uint64_t) { stop.cancel(); });
    QVERIFY(!cancelled.ok() && cancelled.error().code == ErrorCode::cancelled);
    QVERIFY(stack_weights(built, {}, [&](std::uint64_t bytes) { copied += bytes; }).ok());
    QCOMPARE(copied, expected);
    QVERIFY(built.stacked.empty());
    const BuiltModel at_once = build_model(source).value();
    for (const Weight& w : built.weights.all()) QVERIFY(std::memcmp(w.data, at_once.weights.find(w.name)->data, w.bytes) == 0);
  }

 private:
  std::string path(const char* name) const { return folder_.filePath(name).toStdString(); }
  Result<BuiltModel> build(const TinyFile& file) const {
    return build_model(open_model_source(write_tiny_gguf(path("built.gguf"), file)).value());
  }
  Result<BuiltModel> build_folder(const TinyFile& file) const {
    return build_model(open_model_source(write_tiny_hugging_face(path("built"), file)).value());
  }
  void refuse(const TinyFile& file, ErrorCode code, const char* names) const { refused(build(file), code, names); }
  void refuse_folder(const TinyFile& file, ErrorCode code, const char* names) const { refused(build_folder(file), code, names); }
  static void refused(const Result<BuiltModel>& built, ErrorCode code, const char* names) {
    QVERIFY2(!built.ok(), names);
    QVERIFY2(built.error().code == code, built.error().message().c_str());
    QVERIFY2(built.error().message().find(names) != std::string::npos, built.error().message().c_str());
  }
  QTemporaryDir folder_;
};

QTEST_APPLESS_MAIN(TestModelBuilder)
#include "test_model_builder.moc"
