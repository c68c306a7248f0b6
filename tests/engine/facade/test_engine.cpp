// SPDX-License-Identifier: Apache-2.0
// Tests of engine/facade: engine_impl model_impl
#include <unistd.h>

#include <cmath>

#include "engine/base/sha256.h"
#include "engine/facade/model_info.h"
#include "facade_fixture.h"
#include "roundhouse/chat_template.h"
#include "roundhouse/load_stage.h"
#include "roundhouse/tokenizer.h"

using namespace roundhouse;
using namespace roundhouse::testing;

namespace {
LoadOptions of_context(std::int32_t tokens) {
  LoadOptions options;
  options.context_tokens = tokens;
  return options;
}
}  // namespace

// available_memory, engine_impl, model_impl, model_info and model_text through the public interface.
class TestEngine : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void loadsWithProgressAndADigest() {
    const Bench bench;
    std::vector<double> fractions;
    const auto model = must(bench.engine->load_model(bench.path("tiny.gguf"), {}, [&](const LoadProgress& p) {
      QVERIFY(!p.stage.empty());
      fractions.push_back(p.fraction);
    }));
    QVERIFY(fractions.size() > 5 && std::is_sorted(fractions.begin(), fractions.end()));
    QCOMPARE(fractions.back(), 1.0);
    QFile file(QString::fromStdString(bench.path("tiny.gguf")));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(model->sha256(), QCryptographicHash::hash(file.readAll(), QCryptographicHash::Sha256).toHex().toStdString());
    const auto loads = bench.entries(audit_kind::model_load);
    QCOMPARE(loads.size(), std::size_t{2});
    QCOMPARE(loads[0].entry.model_digest, "sha256:" + model->sha256());
    QCOMPARE(loads[0].entry.user, std::string("ada"));
    QCOMPARE(must(bench.engine->load_model(bench.path("tiny.gguf"), LoadOptions{0, {}, false}))->sha256(), std::string());
  }
  void inspectsWithoutLoading() {
    const Bench bench;
    const ModelInfo info = must(inspect_model(bench.path("tiny.gguf")));
    QVERIFY(!info.not_loadable && info.has_chat_template);
    QCOMPARE(info.name, std::string("Tiny"));
    QCOMPARE(info.license, std::string("apache-2.0"));
    QCOMPARE(info.layers, 2);
    QCOMPARE(info.routing.layers.size(), std::size_t{2});
    QCOMPARE(info.routing.layers[1].experts, 4);
    const std::uint64_t expert_numbers = 2 * 3 * 4 * 16 * 32;  // layers, matrices, experts, hidden, width
    QCOMPARE(info.expert_bytes, expert_numbers * 4);
    QCOMPARE(info.parameters - info.active_parameters, expert_numbers / 2);  // two of four experts
    QCOMPARE(info.dense_bytes + info.expert_bytes, info.parameters * 4);
    QCOMPARE(info.types.size(), std::size_t{1});
    // Keys and values of one token in all layers, float32.
    QCOMPARE(info.kv_bytes_per_token, std::uint64_t{2 * 2 * 16 * 4});
    const MemoryUse half = predict_memory(info, of_context(128)), full = predict_memory(info, {});
    QCOMPARE(full.kv_cache_bytes, 2 * half.kv_cache_bytes);
    QCOMPARE(full.kv_cache_bytes, info.kv_bytes_per_token * 256);
    QCOMPARE(full.expert_weights_bytes, info.expert_bytes);
  }
  void aFileThatCannotBeLoadedSaysWhyAndStillDescribesItself() {
    const Bench bench;
    TinyFile broken;
    broken.without.insert("blk.1.attn_v.weight");
    const ModelInfo info = must(inspect_model(write_tiny_gguf(bench.path("broken.gguf"), broken)));
    QVERIFY(info.not_loadable);
    QVERIFY2(info.not_loadable->object.find("layers.1.v") != std::string::npos, info.not_loadable->message().c_str());
    QCOMPARE(info.name, std::string("Tiny"));
    QVERIFY(info.has_chat_template);
    QVERIFY(!info.metadata.empty() && info.parameters > 0);
    QVERIFY(!bench.engine->load_model(bench.path("broken.gguf")).ok());
  }
  // What a load would say of the texts, inspect says, too.
  void aModelWithoutAUsableTokenizerIsNotLoadable() {
    const Bench bench;
    const auto says = [&](const std::string& path, const char* words) {
      const ModelInfo info = must(inspect_model(path));
      QVERIFY(info.not_loadable);
      QVERIFY2(info.not_loadable->message().find(words) != std::string::npos, info.not_loadable->message().c_str());
      const auto model = bench.engine->load_model(path);
      QVERIFY(!model.ok());
      QCOMPARE(model.error().message(), info.not_loadable->message());
      QCOMPARE(info.layers, 2);  // and still describes itself
    };
    TinyFile other;
    other.metadata["tokenizer.ggml.model"] = GgufValue::of_string("llama");
    says(write_tiny_gguf(bench.path("other.gguf"), other), "\"gpt2\"");
    TinyFile unknown;
    unknown.metadata["tokenizer.ggml.pre"] = GgufValue::of_string("unheard-of");
    says(write_tiny_gguf(bench.path("unknown.gguf"), unknown), "unheard-of");
    TinyFile narrow;
    narrow.shapes = {{"token_embd.weight", {200, 32}}, {"output.weight", {200, 32}}};
    says(write_tiny_gguf(bench.path("narrow.gguf"), narrow), "200");
    TinyFile bare;
    bare.without = {"tokenizer.json"};
    says(write_tiny_hugging_face(bench.path("bare"), bare), "tokenizer.json");
  }
  void aChatTemplateCountsWhereTheModelBringsOne() {
    const Bench bench;
    TinyFile file;
    QVERIFY(must(inspect_model(write_tiny_hugging_face(bench.path("v1.5"), file))).has_chat_template);
    QCOMPARE(must(inspect_model(bench.path("v1.5/"))).name, std::string("v1.5"));
    const std::string cached = write_tiny_hugging_face(bench.path("models--ada--Tiny--MoE/snapshots/0123abcd"), file);
    QCOMPARE(must(inspect_model(cached)).name, std::string("ada/Tiny--MoE"));
    file.chat_template.clear();
    const std::string folder = write_tiny_hugging_face(bench.path("plain"), file);
    QVERIFY(!must(inspect_model(folder)).has_chat_template);
    std::ofstream(folder + "/chat_template.jinja") << "ask: {{ messages[0]['content'] }}";
    std::ofstream(folder + "/generation_config.json") << "{\"eos_token_id\": [0, 1]}";
    QVERIFY(must(inspect_model(folder)).has_chat_template);
    const ModelText text = must(load_model_text(folder));
    ChatRequest request;
    request.messages = {Message::text(Role::user, "hello")};
    QCOMPARE(must(text.chat_template->render(request)).text, std::string("ask: hello"));
    QVERIFY(text.tokenizer->is_end_of_generation(0) && text.tokenizer->is_end_of_generation(1));
    std::filesystem::resize_file(folder + "/chat_template.jinja", std::uintmax_t{17} << 20);
    const auto large = load_model_text(folder);
    QVERIFY(!large.ok() && large.error().code == ErrorCode::limit);
  }
  void aVocabularyLargerThanTheTableIsRefused() {
    const Bench bench;
    TinyFile file;
    file.shapes = {{"token_embd.weight", {200, 32}}, {"output.weight", {200, 32}}};
    const auto model = bench.engine->load_model(write_tiny_gguf(bench.path("small.gguf"), file));
    QVERIFY(!model.ok());
    QVERIFY2(model.error().message().find("200") != std::string::npos, model.error().message().c_str());
  }
  void aContextBeyondTheModelsIsRefused() {
    const Bench bench;
    const auto model = bench.engine->load_model(bench.path("tiny.gguf"), of_context(257));
    QVERIFY(!model.ok() && model.error().code == ErrorCode::invalid_argument);
    QCOMPARE(must(bench.engine->load_model(bench.path("tiny.gguf"), of_context(64)))->context_tokens(), 64);
  }
  void copiesLargerThanMemoryAreRefusedBeforeTheyAreMade() {
    const Bench bench;
    const std::string folder = write_tiny_hugging_face(bench.path("stacked"));
    const std::uint64_t stacks = must(inspect_model(folder)).expert_bytes;
    for (const Isa isa : {Isa::reference, Isa::automatic}) {
      EngineOptions options;
      options.threads = 1;
      options.isa = isa;
      options.memory_bytes = stacks - 1;
      const auto model = must(Engine::create(options))->load_model(folder);
      QVERIFY(!model.ok() && model.error().code == ErrorCode::out_of_memory);
      QVERIFY2(model.error().message().find(std::to_string(stacks)) != std::string::npos &&
                   model.error().message().find(std::to_string(options.memory_bytes)) != std::string::npos,
               model.error().message().c_str());
      options.memory_bytes = stacks;
      QVERIFY(must(Engine::create(options))->load_model(folder).ok());
      // What is computed with where the file is mapped needs no memory of its own.
      options.memory_bytes = 1;
      const auto mapped = must(must(Engine::create(options))->load_model(bench.path("tiny.gguf")));
      QCOMPARE(mapped->memory_use().expert_weights_bytes, mapped->info().expert_bytes);
      QCOMPARE(mapped->memory_use().dense_weights_bytes, mapped->info().dense_bytes);
    }
  }
  void loadingStopsWhileExpertsAreStacked() {
    const Bench bench;
    const CancelToken stop;
    int steps = 0;
    const auto model = bench.engine->load_model(write_tiny_hugging_face(bench.path("stacked")), {}, [&](const LoadProgress& p) {
      if (p.stage == load_stage::preparing_weights && ++steps == 3) stop.cancel();
    }, stop);
    QVERIFY(!model.ok() && model.error().code == ErrorCode::cancelled);
    QCOMPARE(steps, 3);  // one expert's matrix each
  }
  // Most published checkpoints are BF16, norms included.
  void sixteenBitCheckpointsScoreAsTheirF32One() {
    const Bench bench;
    for (const Isa isa : {Isa::reference, Isa::automatic}) {
      EngineOptions options;
      options.threads = 1;
      options.isa = isa;
      const auto engine = must(Engine::create(options));
      const auto score = [&](DType type) {
        TinyFile file;
        file.type = type;
        const auto model = must(engine->load_model(write_tiny_hugging_face(bench.path("folder"), file)));
        return must(must(model->create_session({}))->score("hello", {" world"}))[0].logprob;
      };
      const double exact = score(DType::f32), half = score(DType::f16), brain = score(DType::bf16);
      QVERIFY2(std::abs(half - exact) < 0.05, qPrintable(QString::number(half - exact)));
      QVERIFY2(std::abs(brain - exact) < 0.3, qPrintable(QString::number(brain - exact)));
      QVERIFY(exact < -1 && half != exact && brain != exact);
    }
  }
  void loadingCanBeCancelled() {
    const Bench bench;
    const CancelToken stop;
    const auto model = bench.engine->load_model(bench.path("tiny.gguf"), {}, [&](const LoadProgress& p) {
      if (p.fraction > 0.5) stop.cancel();
    }, stop);
    QVERIFY(!model.ok() && model.error().code == ErrorCode::cancelled);
    QCOMPARE(bench.entries(audit_kind::model_load).size(), std::size_t{1});  // the fixture's own
  }
  void tellsWhatItDoes() {
    const Bench bench;
    std::vector<std::string> lines;
    EngineOptions options;
    options.threads = 1;
    options.log = [&](const std::string& line) { lines.push_back(line); };
    {
      const auto engine = must(Engine::create(options));
      QVERIFY(!engine->load_model(bench.path("none.gguf")).ok());
      must(engine->load_model(bench.path("tiny.gguf")));
    }
    QCOMPARE(lines.size(), std::size_t{4});
    QVERIFY2(lines[0].starts_with("info engine: cpu ") && lines[0].ends_with("1 threads"), lines[0].c_str());
    QVERIFY2(lines[1].starts_with("info model: not loaded: ") && lines[1].find("none.gguf") != std::string::npos, lines[1].c_str());
    QVERIFY2(lines[2].starts_with("info model: loaded ") && lines[2].find("Tiny") != std::string::npos, lines[2].c_str());
    QVERIFY2(lines[3].starts_with("info model: unloaded "), lines[3].c_str());
  }
  void threadsAndPathAreChecked() {
    EngineOptions options;
    options.threads = -1;
    QVERIFY(!Engine::create(options).ok());
    options.threads = 1;
    const auto engine = must(Engine::create(options));
    QCOMPARE(engine->threads(), 1);
    const auto model = engine->load_model("/nowhere/at all.gguf");
    QVERIFY(!model.ok() && model.error().code == ErrorCode::not_found);
    QVERIFY(model.error().message().find("/nowhere/at all.gguf") != std::string::npos);
  }
  // load_model_text: template and tokenizer come from the file; without a template there is a plain one.
  void aModelWithoutATemplateGetsAPlainOne() {
    TinyFile file;
    file.without.insert("tokenizer.chat_template");
    const Bench bench(file);
    ChatRequest request;
    request.messages = {Message::text(Role::user, "hello")};
    request.add_generation_prompt = true;
    QCOMPARE(must(bench.model->chat_template().render(request)).text, std::string("user: hello\nassistant:"));
    const ModelText apart = must(load_model_text(bench.path("tiny.gguf")));  // without the weights
    QCOMPARE(must(apart.chat_template->render(request)).text, std::string("user: hello\nassistant:"));
    QCOMPARE(must(apart.tokenizer->encode("hello world")), must(bench.model->tokenizer().encode("hello world")));
    const Bench templated;
    QCOMPARE(must(templated.model->chat_template().render(request)).text, std::string("<s>user\nhello</s><s>assistant\n"));
    QCOMPARE(templated.model->tokenizer().size(), static_cast<std::int32_t>(file.vocabulary()));
  }
  void memoryInUseIsWhatAccountsHold() {
    const Bench bench;
    const MemoryUse before = bench.model->memory_use();
    QCOMPARE(before.expert_weights_bytes, bench.model->info().expert_bytes);
    QCOMPARE(before.kv_cache_bytes, std::uint64_t{0});
    const auto session = bench.session();
    must(session->generate_and_wait(ask("hello", 4)));
    const MemoryUse after = bench.model->memory_use();
    QVERIFY(after.kv_cache_bytes > 0 && after.workspace_bytes > before.workspace_bytes);
    QVERIFY(after.kv_cache_bytes <= predict_memory(bench.model->info(), {}).kv_cache_bytes);
  }
  // A model outlives its engine's handle, a session its model's.
  void handlesMayBeDroppedInAnyOrder() {
    auto bench = std::make_unique<Bench>();
    auto session = bench->session();
    bench->engine.reset();
    bench->model.reset();
    QCOMPARE(must(session->generate_and_wait(ask("hello", 3))).token_ids.size(), std::size_t{3});
    session.reset();
  }
};

QTEST_APPLESS_MAIN(TestEngine)
#include "test_engine.moc"
