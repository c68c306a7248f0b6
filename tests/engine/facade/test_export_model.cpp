// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/export_model.h"

#include <QCryptographicHash>
#include <QtTest>

#include "engine/io/json.h"
#include "engine/model/bottleneck_file.h"
#include "engine/model/gguf_adapter.h"
#include "engine/model/model_builder.h"
#include "engine/model/peft_adapter.h"
#include "engine/model/weight_overlay.h"
#include "facade_fixture.h"
#include "tests/engine/fixtures/random_adapter.h"

using namespace roundhouse;
using namespace roundhouse::testing;

namespace {

struct Opened {
  std::shared_ptr<const ModelSource> source;
  std::shared_ptr<const TextModel> model;
  explicit Opened(const std::string& path) : source(must(open_model_source(path))) {
    BuiltModel built = must(build_model(source));
    model = std::make_shared<const TextModel>(std::move(built.spec), std::move(built.weights));
  }
  LoraAdapter random(unsigned seed) const {
    std::mt19937 numbers(seed);
    LoraAdapter adapter;
    for (const char* weight : {"layers.0.q", "layers.1.output"}) adapter.modules.push_back(random_module(numbers, *model, {weight}, 2, 4.0f));
    adapter.modules.push_back(random_module(numbers, *model, {"layers.0.experts.gate", "layers.0.experts.up"}, 3, 4.0f));
    return adapter;
  }
};

std::vector<float> numbers(const Opened& opened, const std::string& weight) {
  const WeightRef found = opened.model->weights().find(weight);
  const auto* const first = reinterpret_cast<const float*>(found->data);
  return {first, first + found->bytes / 4};
}

std::string digest_of(const std::string& path) {
  QFile file(QString::fromStdString(path));
  if (!file.open(QIODevice::ReadOnly)) qFatal("no %s", path.c_str());
  return QCryptographicHash::hash(file.readAll(), QCryptographicHash::Sha256).toHex().toStdString();
}

std::vector<TokenId> answer(Session& session) {
  std::vector<TokenId> tokens;
  must(session.generate_and_wait(ask("Who are you?", 12), [&](const TokenEvent& event) { tokens.push_back(event.id); }));
  return tokens;
}

}  // namespace

class TestExportModel : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // The merged file answers as the model with the adapter beside it; entry, digests and report say the same.
  void aMergedModelAnswersAsWithItsAdapter() {
    const Bench bench;
    const Opened base(bench.path("tiny.gguf"));
    QVERIFY(write_peft_adapter(bench.path("tuned"), base.random(1), *base.model, "tiny").ok());
    ExportOptions options;
    options.audit = bench.audit;
    options.user = "ada";
    std::vector<double> told;
    const ExportReport report = must(export_model(bench.path("tiny.gguf"), {{bench.path("tuned"), 1.0}}, bench.path("merged.gguf"), options,
                                                  [&](const LoadProgress& progress) { told.push_back(progress.fraction); }));
    QVERIFY(std::is_sorted(told.begin(), told.end()) && told.back() == 1.0);
    QCOMPARE(report.format, std::string("gguf"));
    QCOMPARE(report.sha256, digest_of(bench.path("merged.gguf")));
    QCOMPARE(report.model_sha256, digest_of(bench.path("tiny.gguf")));
    QCOMPARE(report.updated_tensors, std::uint64_t{4});
    QCOMPARE(report.converted_tensors, std::uint64_t{0});  // float32 has more bits than q8_0
    QCOMPARE(report.bytes, std::uint64_t(QFileInfo(QString::fromStdString(bench.path("merged.gguf"))).size()));

    LoadOptions load;
    load.adapters = {bench.path("tuned")};
    const auto beside = must(must(bench.engine->load_model(bench.path("tiny.gguf"), load))->create_session({}));
    QVERIFY(beside->set_adapter("tuned").ok());
    const auto merged = must(must(bench.engine->load_model(bench.path("merged.gguf")))->create_session({}));
    const auto expected = answer(*beside);
    QCOMPARE(answer(*merged), expected);
    QVERIFY(answer(*bench.session()) != expected);

    const AuditRecord entry = bench.entries(audit_kind::exported).at(0);
    QCOMPARE(entry.sequence, report.audit_entry);
    QCOMPARE(entry.entry.model_digest, "sha256:" + report.model_sha256);
    QCOMPARE(entry.entry.user, std::string("ada"));
    const Json extra = must(parse_json(entry.entry.extra_json, "entry"));
    QCOMPARE(extra["digest"].get<std::string>(), "sha256:" + report.sha256);
    QCOMPARE(extra["path"].get<std::string>(), bench.path("merged.gguf"));
    QCOMPARE(extra["adapters"][0]["digest"].get<std::string>(), "sha256:" + report.parts.at(0).sha256);
    QCOMPARE(extra["adapters"][0]["name"].get<std::string>(), std::string("tuned"));
  }
  // Two adapters with scales and whole weights before them.
  void partsAddUpInTheirOrder() {
    const Bench bench;
    const Opened base(bench.path("tiny.gguf"));
    const LoraAdapter one = base.random(1), two = base.random(2);
    QVERIFY(write_gguf_adapter(bench.path("one.gguf"), one, *base.model, base.source->architecture).ok());
    QVERIFY(write_peft_adapter(bench.path("two"), two, *base.model, "tiny").ok());
    WeightOverlay whole;
    whole.entries.push_back(must(copy_weight(*base.model, "layers.0.experts.up", {2})));
    for (float& value : whole.entries[0].values) value += 1.0f;
    QVERIFY(write_overlay(bench.path("whole.safetensors"), whole, *base.model).ok());
    must(export_model(bench.path("tiny.gguf"), {{bench.path("one.gguf"), 0.5}, {bench.path("whole.safetensors")}, {bench.path("two"), -1.5}}, bench.path("sum.gguf")));
    const Opened sum(bench.path("sum.gguf"));
    const auto a = must(merge_adapter(base.model, one)), b = must(merge_adapter(base.model, two));
    for (const std::string weight : {"layers.0.q", "layers.0.experts.up", "layers.1.k"}) {
      const auto before = numbers(base, weight), after = numbers(sum, weight);
      const auto* const in_a = reinterpret_cast<const float*>(a->weights().find(weight)->data);
      const auto* const in_b = reinterpret_cast<const float*>(b->weights().find(weight)->data);
      const std::size_t expert = before.size() / 4;
      for (std::size_t i = 0; i < before.size(); ++i) {
        const bool replaced = weight == "layers.0.experts.up" && i / expert == 2;
        const double expected = before[i] + (replaced ? 1.0 : 0.0) + 0.5 * (in_a[i] - before[i]) - 1.5 * (in_b[i] - before[i]);
        QVERIFY2(std::abs(after[i] - expected) < 2e-5, weight.c_str());
      }
    }
    // The adapters alone, as one.
    for (const ExportFormat format : {ExportFormat::peft, ExportFormat::gguf_adapter}) {
      ExportOptions options;
      options.format = format;
      const std::string path = bench.path(format == ExportFormat::peft ? "both" : "both.gguf");
      const ExportReport report = must(export_model(bench.path("tiny.gguf"), {{bench.path("one.gguf"), 0.5}, {bench.path("two"), -1.5}}, path, options));
      QCOMPARE(report.format, std::string(format == ExportFormat::peft ? "peft" : "gguf-adapter"));
      QVERIFY(!report.sha256.empty() && report.bytes > 0);
      const LoraAdapter read = must(format == ExportFormat::peft ? read_peft_adapter(path, *base.model) : read_gguf_adapter(path, *base.model, base.source->architecture));
      const std::vector<WeighedAdapter> parts = {{&one, 0.5f}, {&two, -1.5f}};
      QVERIFY(same_effect(*base.model, read, must(combine_adapters(*base.model, parts, "x"))));
    }
  }
  void typesAreChosenAndConverted() {
    TinyFile file;
    file.hidden = 32;
    const Bench bench(file);
    const Opened base(bench.path("tiny.gguf"));
    ExportOptions options;
    options.type = "q4_0";
    const ExportReport converted = must(export_model(bench.path("tiny.gguf"), {}, bench.path("q4.gguf"), options));  // no part: a conversion
    QCOMPARE(converted.updated_tensors, std::uint64_t{0});
    QVERIFY(converted.converted_tensors > 10);
    QCOMPARE(converted.in_another_type, (std::vector<std::string>{"token_embd.weight", "output.weight"}));
    QVERIFY(write_peft_adapter(bench.path("tuned"), base.random(1), *base.model, "tiny").ok());
    const auto type_of = [&](const char* path, const char* weight) { return Opened(bench.path(path)).model->weights().find(weight)->type; };
    must(export_model(bench.path("q4.gguf"), {{bench.path("tuned")}}, bench.path("more.gguf")));
    QCOMPARE(type_of("more.gguf", "layers.0.q"), DType::q8_0);
    QCOMPARE(type_of("more.gguf", "layers.0.k"), DType::q4_0);
    options.type = "own";
    must(export_model(bench.path("q4.gguf"), {{bench.path("tuned")}}, bench.path("own.gguf"), options));
    QCOMPARE(type_of("own.gguf", "layers.0.q"), DType::q4_0);
  }
  void foldersAreMergedToo() {
    const Bench bench;
    const Opened base(write_tiny_hugging_face(bench.path("folder")));
    QVERIFY(write_peft_adapter(bench.path("tuned"), base.random(1), *base.model, "tiny").ok());
    const ExportReport report = must(export_model(bench.path("folder"), {{bench.path("tuned")}}, bench.path("merged/")));
    QCOMPARE(report.format, std::string("safetensors"));
    QCOMPARE(report.path, bench.path("merged"));
    const auto model = must(bench.engine->load_model(bench.path("merged")));
    QCOMPARE(model->sha256(), report.sha256);
  }
  void whatCannotBeExportedIsRefusedAndLeavesNothing() {
    const Bench bench;
    const Opened base(bench.path("tiny.gguf"));
    QVERIFY(write_peft_adapter(bench.path("tuned"), base.random(1), *base.model, "tiny").ok());
    const auto refused = [&](const std::vector<ExportPart>& parts, const std::string& output, const ExportOptions& options, const std::string& named) {
      const auto made = export_model(bench.path("tiny.gguf"), parts, output, options);
      const std::string said = made.ok() ? "exported" : made.error().message();
      QVERIFY2(!made.ok() && said.find(named) != std::string::npos, said.c_str());
    };
    LoraAdapter lengths = base.random(2);
    lengths.modules[0].targets[0].magnitude.assign(static_cast<std::size_t>(lengths.modules[0].targets[0].rows), 1.0f);
    QVERIFY(write_peft_adapter(bench.path("lengths"), lengths, *base.model, "tiny").ok());
    ExportOptions options;
    refused({{bench.path("lengths")}, {bench.path("tuned")}}, bench.path("x.gguf"), options, "DoRA");
    refused({{bench.path("lengths"), 0.5}}, bench.path("x.gguf"), options, "DoRA");
    must(export_model(bench.path("tiny.gguf"), {{bench.path("lengths")}}, bench.path("lengths.gguf")));
    refused({{bench.path("tuned")}}, bench.path("tiny.gguf"), options, "a path where nothing is");
    refused({{bench.path("tuned")}}, "", options, "output");
    refused({{bench.path("nothing")}}, bench.path("x.gguf"), options, "nothing");
    refused({{bench.path("tuned"), std::numeric_limits<double>::quiet_NaN()}}, bench.path("x.gguf"), options, "a finite scale");
    BottleneckModule bottleneck{0, 1, {ActivationKind::relu}, std::vector<float>(32), {0}, std::vector<float>(32), std::vector<float>(32)};
    LoraAdapter narrow;
    narrow.bottlenecks = {bottleneck};
    QVERIFY(write_bottlenecks(bench.path("narrow.safetensors"), narrow, *base.model).ok());
    refused({{bench.path("narrow.safetensors")}}, bench.path("x.gguf"), options, "bottlenecks");
    options.type = "q3";
    refused({{bench.path("tuned")}}, bench.path("x.gguf"), options, "q3");
    options.format = ExportFormat::peft;
    refused({{bench.path("tuned")}}, bench.path("x"), options, "none for an adapter");
    options.type = "";
    refused({}, bench.path("x"), options, "no adapter");
    // A log that takes no entry: what was written is gone again.
    options.format = ExportFormat::merged;
    options.audit = must(AuditLog::open([&] {
      AuditOptions log = AuditOptions::in(bench.path("audit"));
      log.read_only = true;
      return log;
    }()));
    QVERIFY(!export_model(bench.path("tiny.gguf"), {{bench.path("tuned")}}, bench.path("x.gguf"), options).ok());
    QVERIFY(!QFile::exists(QString::fromStdString(bench.path("x.gguf"))) && !QFile::exists(QString::fromStdString(bench.path("x"))));
    const CancelToken cancel;
    cancel.cancel();
    QCOMPARE(export_model(bench.path("tiny.gguf"), {}, bench.path("x.gguf"), {}, {}, cancel).error().code, ErrorCode::cancelled);
  }
};

QTEST_GUILESS_MAIN(TestExportModel)
#include "test_export_model.moc"
