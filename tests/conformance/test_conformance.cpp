// SPDX-License-Identifier: Apache-2.0
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "tests/conformance/gradient_check.h"
#include "tests/conformance/sequence_run.h"
#include "tests/engine/fixtures/tiny_gguf.h"

using namespace roundhouse;
using namespace roundhouse::conformance;
using roundhouse::testing::require;

namespace {

template <class T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message());
  return std::move(result).value();
}

// The tensors of a reference file. A test breaks one thing in a copy.
struct Recorded {
  std::map<std::string, std::vector<float>> floats;
  std::map<std::string, std::vector<std::int32_t>> integers;

  void write(const std::string& path) const {
    SafetensorsWriter writer = must(SafetensorsWriter::create(path));
    const auto shape = [](std::size_t n) { return std::vector<std::int64_t>{static_cast<std::int64_t>(n)}; };
    for (const auto& [name, values] : floats) require(writer.add_tensor(name, DType::f32, shape(values.size())));
    for (const auto& [name, values] : integers) require(writer.add_tensor(name, DType::i32, shape(values.size())));
    for (const auto& [name, values] : floats) require(writer.write_data(std::as_bytes(std::span(values))));
    for (const auto& [name, values] : integers) require(writer.write_data(std::as_bytes(std::span(values))));
    require(writer.finish());
  }
};

using Break = std::function<void(Recorded&)>;
Break without(const char* name) {
  return [name](Recorded& r) { r.floats.erase(name), r.integers.erase(name); };
}
Break shorter(const char* name) {
  return [name](Recorded& r) {
    if (const auto f = r.floats.find(name); f != r.floats.end()) f->second.pop_back();
    if (const auto i = r.integers.find(name); i != r.integers.end()) i->second.pop_back();
  };
}
Break with(const char* name, std::size_t at, double value) {
  return [=](Recorded& r) {
    if (const auto f = r.floats.find(name); f != r.floats.end()) f->second.at(at) = static_cast<float>(value);
    if (const auto i = r.integers.find(name); i != r.integers.end()) i->second.at(at) = static_cast<std::int32_t>(value);
  };
}

std::vector<std::int32_t> random_ids(std::size_t count, unsigned seed, std::int64_t below) {
  std::mt19937 random(seed);
  std::vector<std::int32_t> ids;
  while (ids.size() < count) ids.push_back(static_cast<std::int32_t>(random() % static_cast<unsigned>(below)));
  return ids;
}

// Of routed layer `l`: ids and weights [tokens, k].
std::pair<std::vector<std::int32_t>, std::vector<float>> routes(const SequenceRun& run, std::size_t tokens, int l) {
  std::pair<std::vector<std::int32_t>, std::vector<float>> out;
  const auto k = static_cast<std::size_t>(run.k);
  for (std::size_t t = 0; t < tokens; ++t) {
    const std::size_t at = (t * static_cast<std::size_t>(run.routed_layers) + static_cast<std::size_t>(l)) * k;
    for (std::size_t i = at; i < at + k; ++i) out.first.push_back(run.route_ids[i]), out.second.push_back(run.route_weights[i]);
  }
  return out;
}

Recorded record_model(const std::string& folder) {
  LoadedModel loaded = must(load(folder, Isa::reference, 1));
  const std::int64_t vocabulary = loaded.model->spec().vocabulary;
  Recorded r;
  for (const char* text : {"a", "b"}) {
    const auto ids = random_ids(text[0] == 'a' ? 12 : 20, 5, vocabulary);
    const SequenceRun run = must(run_sequence(*loaded.model, *loaded.backend, ids, 64));
    r.integers[std::string("ids_") + text] = ids;
    r.floats[std::string("logits_") + text] = run.logits;
    for (int l = 0; text[0] == 'a' && l < run.routed_layers; ++l) {
      const std::string name = "route.model.layers." + std::to_string(l) + ".mlp.gate.";
      std::tie(r.integers[name + "2"], r.floats[name + "1"]) = routes(run, ids.size(), l);
    }
  }
  r.integers["greedy"] = must(run_greedy(*loaded.model, *loaded.backend, r.integers["ids_a"], 6));
  const Gradients gradients = must(gradients_of(loaded, r.integers["ids_b"]));
  r.floats["loss_b"] = {gradients.loss};
  for (const auto& [name, norm] : gradients.norms) r.floats["gradnorm." + name] = {static_cast<float>(norm)};
  return r;
}

Recorded record_gguf(const std::string& file) {
  const LoadedModel loaded = must(load(file, Isa::reference, 1));
  const auto vocabulary = static_cast<std::size_t>(loaded.model->spec().vocabulary);
  Recorded r;
  for (int text = 0; text < 2; ++text) {
    const std::string p = std::to_string(text) + ".";
    const std::size_t tokens = text == 0 ? 6 : 15;
    const auto ids = random_ids(tokens, 8, static_cast<std::int64_t>(vocabulary));
    const SequenceRun run = must(run_sequence(*loaded.model, *loaded.backend, ids, 64));
    r.integers[p + "ids"] = ids;
    double nll = 0;
    for (std::size_t t = 0; t < tokens; ++t) {
      const auto row = std::span(run.logits).subspan(t * vocabulary, vocabulary);
      r.integers[p + "argmax"].push_back(most_likely(row));
      r.floats[p + "margin"].push_back(1.0f);
      if (t + 1 == tokens) continue;
      double sum = 0;
      for (const float logit : row) sum += std::exp(static_cast<double>(logit));
      nll += std::log(sum) - row[static_cast<std::size_t>(ids[t + 1])];
    }
    r.floats[p + "nll"] = {static_cast<float>(nll / static_cast<double>(tokens - 1))};
    r.floats[p + "logits_last8"].assign(run.logits.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(8, tokens) * vocabulary), run.logits.end());
    for (int l = 0; l < run.routed_layers; ++l) {
      const std::string name = p + "route." + std::to_string(l) + ".";
      std::tie(r.integers[name + "ids"], r.floats[name + "weights"]) = routes(run, tokens, l);
      r.floats[name + "margin"].assign(tokens, 1.0f);
    }
  }
  return r;
}

struct Ended {
  int code = -1;
  QString text, last_line;
  int failed = -1;
};

Ended run_program(const QStringList& arguments) {
  QProcess program;
  program.start(QStringLiteral(CONFORMANCE_PROGRAM), arguments);
  Ended ended;
  if (!program.waitForFinished() || program.exitStatus() != QProcess::NormalExit) return ended;
  ended.code = program.exitCode();
  ended.text = QString::fromUtf8(program.readAllStandardOutput());
  ended.last_line = ended.text.trimmed().section(QLatin1Char('\n'), -1);
  const auto match = QRegularExpression(QStringLiteral("^\\d+ passed, (\\d+) failed$")).match(ended.last_line);
  if (match.hasMatch()) ended.failed = match.captured(1).toInt();
  return ended;
}

}  // namespace

// The tool on references that fit and on ones that are broken: it never passes for want of something to compare, and its
// last line is always the count.
class TestConformance : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  Recorded model_, gguf_;
  std::string path(const char* name) const { return folder_.filePath(QString::fromLatin1(name)).toStdString(); }
  QString file(const char* name) const { return folder_.filePath(QString::fromLatin1(name)); }

 private Q_SLOTS:
  void initTestCase() {
    testing::write_tiny_hugging_face(path("model"), {});
    testing::write_tiny_gguf(path("tiny.gguf"));
    std::filesystem::create_directory(path("gguf"));
    model_ = record_model(path("model"));
    gguf_ = record_gguf(path("tiny.gguf"));
  }
  void whatFitsPasses() {
    model_.write(path("model/reference.safetensors"));
    const Ended model = run_program({QStringLiteral("model"), file("model")});
    QVERIFY2(model.code == 0 && model.failed == 0, qPrintable(model.text));
    QVERIFY2(model.text.contains(QStringLiteral("0 of 24 differ")), qPrintable(model.text));
    gguf_.write(path("gguf/reference.safetensors"));
    const Ended gguf = run_program({QStringLiteral("gguf"), file("tiny.gguf"), file("gguf")});
    QVERIFY2(gguf.code == 0 && gguf.failed == 0, qPrintable(gguf.text));
    QVERIFY2(gguf.text.contains(QStringLiteral("0 of 42 differ")), qPrintable(gguf.text));
    Recorded some = gguf_;  // the last logits stand beside some texts only
    without("0.logits_last8")(some);
    some.write(path("gguf/reference.safetensors"));
    QCOMPARE(run_program({QStringLiteral("gguf"), file("tiny.gguf"), file("gguf")}).failed, 0);
  }
  void aBrokenReferenceFails_data() {
    QTest::addColumn<bool>("gguf");
    QTest::addColumn<Break>("change");
    QTest::addColumn<QString>("told");
    const auto row = [](const char* name, bool gguf, Break change, const char* told) {
      QTest::newRow(name) << gguf << std::move(change) << QString::fromLatin1(told);
    };
    row("no ids", false, without("ids_b"), "ids_b");
    row("no ids and no logits", false, [](Recorded& r) { without("ids_b")(r), without("logits_b")(r); }, "ids_b");
    row("no logits", false, without("logits_a"), "logits_a");
    row("short logits", false, shorter("logits_a"), "logits_a");
    row("an id beyond the vocabulary", false, with("ids_a", 3, 1e6), "ids_a");
    row("a negative id", false, with("ids_b", 3, -1), "ids_b");
    row("no greedy continuation", false, without("greedy"), "greedy");
    row("another greedy continuation", false, [](Recorded& r) { r.integers["greedy"][5] ^= 1; }, "greedy continuation");
    row("no loss", false, without("loss_b"), "loss_b");
    row("another loss", false, [](Recorded& r) { r.floats["loss_b"][0] *= 1.001f; }, "loss_b");
    row("no gradient norms", false, [](Recorded& r) { std::erase_if(r.floats, [](const auto& f) { return f.first.starts_with("gradnorm."); }); }, "gradnorm");
    row("another gradient norm", false, [](Recorded& r) { r.floats["gradnorm.lm_head.weight"][0] *= 1.01f; }, "lm_head.weight");
    row("no routes", false, [](Recorded& r) { std::erase_if(r.integers, [](const auto& i) { return i.first.starts_with("route."); }); }, "routes");
    row("no routes of one layer", false, without("route.model.layers.1.mlp.gate.2"), "route.model.layers.1.");
    row("routes of fewer tokens", false, shorter("route.model.layers.0.mlp.gate.2"), "route.model.layers.0.");
    row("another route", false, [](Recorded& r) { r.integers["route.model.layers.0.mlp.gate.2"][0] ^= 1; }, "routes");
    row("another logit", false, [](Recorded& r) { r.floats["logits_b"][7] += 0.01f; }, "logits_b");
    row("a logit that is no number", false, with("logits_b", 7, std::numeric_limits<double>::quiet_NaN()), "logits_b");
    row("no texts", true, [](Recorded& r) { r = {}, r.floats["other"] = {1.0f}; }, "no texts");
    row("no ids of a text", true, without("1.ids"), "1.ids");
    row("an id of a text beyond the vocabulary", true, with("0.ids", 2, 1e6), "0.ids");
    row("no most likely tokens", true, without("0.argmax"), "0.argmax");
    row("other most likely tokens", true, [](Recorded& r) { r.integers["1.argmax"][3] ^= 1; }, "most likely tokens");
    row("no margins", true, without("1.margin"), "1.margin");
    row("no likelihood", true, without("0.nll"), "0.nll");
    row("another likelihood", true, [](Recorded& r) { r.floats["0.nll"][0] += 0.001f; }, "NLL");
    row("no last logits of any text", true, [](Recorded& r) { without("0.logits_last8")(r), without("1.logits_last8")(r); }, "logits");
    row("short last logits", true, shorter("1.logits_last8"), "1.logits_last8");
    row("more last logits than tokens", true, [](Recorded& r) { r.floats["0.logits_last8"].resize(100000); }, "0.logits_last8");
    row("no routes of a text", true, without("1.route.1.ids"), "1.route.1.ids");
    row("no margins of routes", true, without("0.route.0.margin"), "0.route.0.margin");
    row("another route of a text", true, [](Recorded& r) { r.integers["0.route.0.ids"][0] ^= 1; }, "routes");
  }
  void aBrokenReferenceFails() {
    QFETCH(bool, gguf);
    QFETCH(Break, change);
    QFETCH(QString, told);
    Recorded recorded = gguf ? gguf_ : model_;
    change(recorded);
    recorded.write(path(gguf ? "gguf/reference.safetensors" : "model/reference.safetensors"));
    QStringList arguments = {QStringLiteral("--isa"), QStringLiteral("reference")};
    if (gguf) arguments += {QStringLiteral("gguf"), file("tiny.gguf"), file("gguf")};
    else arguments += {QStringLiteral("model"), file("model")};
    const Ended ended = run_program(arguments);
    QCOMPARE(ended.code, 1);
    QVERIFY2(ended.failed > 0, qPrintable(ended.text));
    bool named = false;
    for (const QString& line : ended.text.split(QLatin1Char('\n'))) named |= line.startsWith(QStringLiteral("FAIL")) && line.contains(told);
    QVERIFY2(named, qPrintable(ended.text));
  }
  void aModelWithoutNumbersFails() {
    testing::TinyFile file;
    file.filled["output_norm.weight"] = std::numeric_limits<float>::quiet_NaN();
    testing::write_tiny_gguf(path("nan.gguf"), file);
    gguf_.write(path("gguf/reference.safetensors"));
    const Ended gguf = run_program({QStringLiteral("gguf"), this->file("nan.gguf"), this->file("gguf")});
    QCOMPARE(gguf.code, 1);
    for (const char* check : {"most likely tokens", "logits", "NLL of each text"}) {
      QVERIFY2(gguf.text.contains(QRegularExpression(QStringLiteral("FAIL  reference: %1").arg(QLatin1String(check)))), qPrintable(gguf.text));
    }
    QVERIFY2(!gguf.text.contains(QRegularExpression(QStringLiteral("pass  (avx2|avx512)"))), qPrintable(gguf.text));
    testing::write_tiny_hugging_face(path("nan"), file);
    model_.write(path("nan/reference.safetensors"));
    const Ended model = run_program({QStringLiteral("model"), this->file("nan")});
    QVERIFY2(model.code == 1 && model.failed > 4, qPrintable(model.text));
    QVERIFY2(!model.text.contains(QRegularExpression(QStringLiteral("pass .*(logits|greedy|loss|gradient)"))), qPrintable(model.text));
  }
  void whatCannotBeOpenedFails() {
    for (const QStringList& arguments : {QStringList{QStringLiteral("model"), file("nowhere")},
                                         QStringList{QStringLiteral("gguf"), file("nowhere"), file("gguf")},
                                         QStringList{QStringLiteral("gguf"), file("tiny.gguf"), file("nowhere")},
                                         QStringList{QStringLiteral("--isa"), QStringLiteral("abacus"), QStringLiteral("model"), file("model")}}) {
      const Ended ended = run_program(arguments);
      QVERIFY2(ended.code == 1 && ended.failed > 0, qPrintable(ended.text));
    }
  }
};

QTEST_GUILESS_MAIN(TestConformance)
#include "test_conformance.moc"
