// SPDX-License-Identifier: Apache-2.0
#include "engine/train/parity.h"

#include <QtTest>

#include "engine/cpu/create_backend.h"
#include "engine/io/json.h"
#include "engine/model/gguf_adapter.h"
#include "engine/model/model_builder.h"
#include "engine/model/model_writer.h"
#include "engine/model/peft_adapter.h"
#include "engine/model/weight_overlay.h"
#include "tests/engine/fixtures/random_adapter.h"
#include "tests/engine/fixtures/tiny_gguf.h"
#include "tests/engine/fixtures/tiny_model.h"

using namespace roundhouse;
using namespace roundhouse::testing;

namespace {

template <class T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message());
  return std::move(result).value();
}

constexpr std::uint64_t first_id = 100;

std::vector<std::vector<std::int32_t>> prompts_of(const TextModel& model, const std::vector<int>& lengths) {
  std::mt19937 random(5);
  std::vector<std::vector<std::int32_t>> prompts;
  for (const int length : lengths) {
    auto& prompt = prompts.emplace_back();
    for (int i = 0; i < length; ++i) prompt.push_back(static_cast<std::int32_t>(random() % static_cast<unsigned>(model.spec().vocabulary)));
  }
  return prompts;
}

ParityState beside(const std::shared_ptr<const TextModel>& model, const LoraAdapter& adapter) {
  return {model, std::make_shared<const AdapterStack>(must(AdapterStack::create(*model, std::span(&adapter, 1)))), 0};
}

ParityExport held(std::string name, ParityState state) {
  return {std::move(name), [state = std::move(state)]() -> Result<ParityState> { return state; }, {}};
}

ParityResult compared(const std::shared_ptr<const TextModel>& base, const ParityState& trained, ParityState exported, Isa isa = Isa::reference) {
  const auto backend = must(create_training_backend(isa, 2));
  const auto prompts = prompts_of(*base, {7, 1, 12});
  const ParityExport one = held("x", std::move(exported));
  return must(check_parity(*backend, first_id, base, trained, prompts, std::span(&one, 1))).front();
}

// A model with selection biases that leave expert 0 first in every row and two others to fight for the second place.
std::shared_ptr<const TextModel> nearly_tied(float of_1, float of_2) {
  return tiny_model(1, 256, [&](Weights& weights) {
    for (const char* layer : {"layers.1.", "layers.2."}) {
      auto bias = std::make_shared<std::vector<float>>(std::vector<float>{3, of_1, of_2, 0, 0, 0, 0, 0});
      auto router = std::make_shared<std::vector<float>>(std::size_t{8 * 32}, 0.0f);
      weights.keep(bias);
      weights.keep(router);
      const_cast<Weight*>(weights.find(std::string(layer) + "selection_bias"))->data = reinterpret_cast<const std::byte*>(bias->data());
      const_cast<Weight*>(weights.find(std::string(layer) + "router"))->data = reinterpret_cast<const std::byte*>(router->data());
    }
  });
}

}  // namespace

class TestParity : public QObject {
  Q_OBJECT
  const QTemporaryDir folder_;
  std::string path(const std::string& name) const { return folder_.filePath(QString::fromStdString(name)).toStdString(); }

 private Q_SLOTS:
  void everyKindOfExportOfAFineTunePasses_data() {
    QTest::addColumn<int>("isa");
    QTest::newRow("reference") << int(Isa::reference);
    QTest::newRow("fastest") << int(Isa::automatic);
  }
  void everyKindOfExportOfAFineTunePasses() {
    QFETCH(int, isa);
    const std::string own = std::to_string(isa);
    TinyFile file;
    file.hidden = 32;
    const auto source = must(open_model_source(write_tiny_gguf(path(own + "base.gguf"), file)));
    BuiltModel built = must(build_model(source));
    const auto base = std::make_shared<const TextModel>(std::move(built.spec), std::move(built.weights));
    std::mt19937 random(7);
    LoraAdapter adapter{"a", {}, {}};
    for (const char* weight : {"layers.0.q", "layers.1.k", "layers.1.output"}) adapter.modules.push_back(random_module(random, *base, {weight}, 2));
    adapter.modules.push_back(random_module(random, *base, {"layers.0.experts.gate", "layers.0.experts.up"}, 3));
    adapter.modules.push_back(random_module(random, *base, {"layers.1.experts.down"}, 2));

    QVERIFY(write_peft_adapter(path(own + "peft"), adapter, *base, "tiny").ok());
    QVERIFY(write_gguf_adapter(path(own + "adapter.gguf"), adapter, *base, source->architecture).ok());
    std::vector<ParityExport> exports = {adapter_export("peft", path(own + "peft"), base, source), adapter_export("gguf", path(own + "adapter.gguf"), base, source)};
    for (const char* type : {"f32", "f16", "bf16", "q8_0", "q4_0"}) {
      ModelWriteOptions options;
      options.type = dtype_from_name(type);
      must(write_model(*source, lora_updates(adapter), path(own + type + ".gguf"), options));
      exports.push_back(model_export(type, path(own + type + ".gguf")));
    }
    const auto backend = must(create_training_backend(static_cast<Isa>(isa), 2));
    const auto prompts = prompts_of(*base, {20, 3, 40, 1, 30});
    const auto results = must(check_parity(*backend, first_id, base, beside(base, adapter), prompts, exports));
    QCOMPARE(results.size(), exports.size());
    for (const ParityResult& result : results) {
      const std::string said = parity_json(result);
      QVERIFY2(result.passed, said.c_str());
      QCOMPARE(result.positions, std::int64_t{94});
      QVERIFY(result.base_distance.kl_mean > 1e-3);
      QCOMPARE(result.kind, result.name == "peft" || result.name == "gguf" ? ParityKind::adapter : result.name == "f32" ? ParityKind::exact : ParityKind::rounded);
      QCOMPARE(result.rounding.kl_mean > 0, result.kind == ParityKind::rounded);
    }
    QVERIFY(results[3].distance.kl_mean < results[4].distance.kl_mean && results[4].distance.kl_mean < results[6].distance.kl_mean);  // f16, bf16, q4_0
  }
  // Experts trained whole beside an adapter: a file of weights and a folder.
  void wholeWeightsAreReadBackWithTheAdapter() {
    const auto base = tiny_model();
    const LoraAdapter adapter = random_adapter(3, *base, 2);
    WeightOverlay overlay;
    overlay.entries.push_back(must(copy_weight(*base, "layers.2.experts.down", {1, 6})));
    for (float& value : overlay.entries[0].values) value *= 1.5f;
    QVERIFY(write_overlay(path("whole.safetensors"), overlay, *base).ok());
    QVERIFY(write_peft_adapter(path("beside"), adapter, *base, "tiny").ok());
    const auto trained = beside(must(update_weights(base, overlay_updates(*base, overlay))), adapter);
    const auto backend = must(create_training_backend(Isa::reference, 2));
    const auto prompts = prompts_of(*base, {20});
    const std::vector<ParityExport> exports = {adapter_export("both", path("beside"), base, std::make_shared<ModelSource>(), path("whole.safetensors")),
                                               adapter_export("adapter alone", path("beside"), base, std::make_shared<ModelSource>())};
    const auto results = must(check_parity(*backend, first_id, base, trained, prompts, exports));
    QVERIFY2(results[0].passed, parity_json(results[0]).c_str());
    QVERIFY2(!results[1].passed, parity_json(results[1]).c_str());
  }
  void anExportOfAnotherFineTuneFails() {
    const auto base = tiny_model();
    const LoraAdapter adapter = random_adapter(1, *base, 3), other = random_adapter(2, *base, 3);
    const ParityState trained = beside(base, adapter);
    QVERIFY(compared(base, trained, trained).passed);
    QVERIFY(!compared(base, trained, beside(base, other)).passed);
    QVERIFY(!compared(base, trained, {base, nullptr, 0}).passed);
    QVERIFY(!compared(base, trained, {must(merge_adapter(base, other)), nullptr, 0}).passed);
    // Packed wrongly: experts and rank places of B swapped, the fault that other programs had.
    LoraAdapter swapped = adapter;
    for (LoraModule& module : swapped.modules) {
      for (LoraModule::Target& target : module.targets) {
        const auto before = target.b;
        const auto experts = static_cast<std::size_t>(module.experts), rank = static_cast<std::size_t>(module.rank), rows = static_cast<std::size_t>(target.rows);
        for (std::size_t i = 0; experts > 1 && i < before.size(); ++i) {
          const std::size_t flat = i / rows / rank * rank + i % rank;  // expert * rank + place
          target.b[(flat % experts * rows + i / rank % rows) * rank + flat / experts] = before[i];
        }
      }
    }
    QVERIFY(!compared(base, trained, beside(base, swapped)).passed);
  }
  // Against the definition: what was trained says nothing (all logits equal), so KL is -ln V - mean ln q.
  void distancesAreThoseOfTheDefinition() {
    const auto base = tiny_model();
    const WeightUpdate silent{"output", {}, [](std::int64_t, std::int64_t, float* values) { std::fill_n(values, 32, 0.0f); }};
    const auto mute = must(update_weights(base, {silent}));
    const auto backend = must(create_training_backend(Isa::reference, 2));
    const auto prompts = prompts_of(*base, {9});
    const ParityExport one = held("base", {base, nullptr, 0});
    const ParityResult result = must(check_parity(*backend, first_id, base, {mute, nullptr, 0}, prompts, std::span(&one, 1))).front();
    double sum = 0, most = 0;
    for (std::size_t row = 0; row < 9; ++row) {
      const std::vector<std::vector<std::int32_t>> prefix = {{prompts[0].begin(), prompts[0].begin() + static_cast<std::ptrdiff_t>(row + 1)}};
      // (One position more at a time: means of prefixes give each position's own distance.)
      const ParityResult part = must(check_parity(*backend, first_id, base, {mute, nullptr, 0}, prefix, std::span(&one, 1))).front();
      const double own = part.distance.kl_mean * static_cast<double>(row + 1) - sum;
      sum += own;
      most = std::max(most, own);
      QVERIFY(own > 0);
    }
    QVERIFY(std::abs(result.distance.kl_mean - sum / 9) < 1e-6);
    QVERIFY(std::abs(result.distance.kl_max - most) < 1e-5);
    for (const Weight& weight : base->weights().all()) QVERIFY(backend->prepare(1, weight).ok());
    Batch batch;
    const std::vector<std::int32_t> zeros(9, 0), positions = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    const BatchSequence sequence{0, 9, 0, nullptr};
    batch.rows = batch.outputs = 9;
    batch.tokens = prompts[0].data();
    batch.positions = batch.output_rows = positions.data();
    batch.sequence = zeros.data();
    batch.sequences = std::span(&sequence, 1);
    batch.routed_layers = 2;
    const Tensor logits = base->forward(*backend, batch);
    double expected = 0;
    for (int row = 0; row < 9; ++row) {
      double total = 0, mean = 0;
      for (int i = 0; i < 96; ++i) total += std::exp(static_cast<double>(logits.f32()[row * 96 + i]));
      for (int i = 0; i < 96; ++i) mean += (logits.f32()[row * 96 + i] - std::log(total)) / 96;
      expected += (-std::log(96.0) - mean) / 9;
    }
    QVERIFY2(std::abs(result.distance.kl_mean - expected) < 1e-5, qPrintable(QString("%1 and %2").arg(result.distance.kl_mean).arg(expected)));
    QCOMPARE(result.distance.agreement, 1.0);  // where all are equally likely any is the same
  }
  // What rounding alone decides is no difference of an export; what lies further apart is.
  void choicesBetweenEqualsAreNoDifference() {
    const auto base = nearly_tied(0.50001f, 0.5f);
    const LoraAdapter adapter = random_adapter(1, *base, 2);
    const ParityState trained = beside(base, adapter);
    const ParityResult tied = compared(base, trained, beside(nearly_tied(0.5f, 0.50001f), adapter));
    QVERIFY2(tied.passed, parity_json(tied).c_str());
    QCOMPARE(tied.tied_prompts, std::int64_t{3});
    const auto apart = nearly_tied(0.501f, 0.5f);
    const ParityResult other = compared(apart, beside(apart, adapter), beside(nearly_tied(0.5f, 0.501f), adapter));
    QVERIFY2(!other.passed, parity_json(other).c_str());
    QCOMPARE(other.tied_prompts, std::int64_t{0});
    QCOMPARE(other.distance.changed_routes, 1.0);
  }
  void resultsAreKeptAsJson() {
    const auto base = tiny_model();
    const ParityState trained = beside(base, random_adapter(1, *base, 2));
    const Json json = must(parse_json(parity_json(compared(base, trained, trained)), "result"));
    QCOMPARE(json["name"].get<std::string>(), std::string("x"));
    QCOMPARE(json["kind"].get<std::string>(), std::string("adapter"));
    QCOMPARE(json["passed"].get<bool>(), true);
    QCOMPARE(json["kl_max"].get<double>(), 0.0);
    QCOMPARE(json["agreement"].get<double>(), 1.0);
    QCOMPARE(json["bounds"]["kl_max"].get<double>(), 1e-6);
    QCOMPARE(json["positions"].get<int>(), 20);
  }
  void whatCannotBeComparedIsAnError() {
    const auto base = tiny_model();
    const auto backend = must(create_training_backend(Isa::reference, 2));
    const ParityState trained = beside(base, random_adapter(1, *base, 2));
    const auto prompts = prompts_of(*base, {4});
    const auto refused = [&](const std::vector<std::vector<std::int32_t>>& tokens, const ParityExport& each, const CancelToken& cancel = {}) {
      const auto result = check_parity(*backend, first_id, base, trained, tokens, std::span(&each, 1), cancel);
      return result.ok() ? std::string("none") : result.error().message();
    };
    const ParityExport same = held("same", trained);
    QVERIFY(refused({}, same).find("one at least") != std::string::npos);
    QVERIFY(refused({{}}, same).find("1 to 256 tokens") != std::string::npos);
    QVERIFY(refused({{1, 96}}, same).find("tokens from 0 to 95") != std::string::npos);
    QVERIFY(refused(prompts, model_export("gone", path("none.gguf"))).find("none.gguf") != std::string::npos);
    const auto source = must(open_model_source(write_tiny_gguf(path("other.gguf"))));
    QVERIFY(refused(prompts, model_export("other", path("other.gguf"))).find("of other") != std::string::npos);
    const CancelToken cancel;
    cancel.cancel();
    QVERIFY(refused(prompts, same, cancel).find("a cancel") != std::string::npos);
    QCOMPARE(refused(prompts, same), std::string("none"));
  }
};

QTEST_GUILESS_MAIN(TestParity)
#include "test_parity.moc"
