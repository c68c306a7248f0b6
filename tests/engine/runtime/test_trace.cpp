// SPDX-License-Identifier: Apache-2.0
// Tests of engine/runtime: trace_file
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <random>

#include "engine/base/sha256.h"
#include "engine/runtime/trace_recorder.h"
#include "tests/engine/fixtures/trace_text.h"

using namespace roundhouse;

namespace {

RoutingLayout layout() {
  RoutingLayout l;
  l.model_layers = 4;
  for (int i = 1; i < 4; ++i) l.layers.push_back({i, 8, 2, 1, "sigmoid"});
  return l;
}

void fill(TraceRecorder& recorder, int first, int last, unsigned seed) {
  std::mt19937 random(seed);
  for (int t = first; t < last; ++t) {
    const TraceRow row = recorder.row(t, t * 10);
    for (int l = 0; l < 3; ++l) {
      const int a = static_cast<int>(random() % 8), b = (a + 1 + static_cast<int>(random() % 7)) % 8;
      for (int e = 0; e < 8; ++e) row.scores[l * 8 + e] = static_cast<float>(random() % 1000) / 2000.0f;
      row.scores[l * 8 + a] = 0.9f;
      row.scores[l * 8 + b] = 0.8f;
      row.ids[l * 2] = static_cast<std::uint16_t>(a);
      row.ids[l * 2 + 1] = static_cast<std::uint16_t>(b);
      row.weights[l * 2] = 0.6f;
      row.weights[l * 2 + 1] = 0.4f;
    }
  }
}

RoutingTrace make(int tokens, unsigned seed = 1) {
  TraceRecorder recorder(layout(), true);
  fill(recorder, 0, tokens, seed);
  return recorder.snapshot(tokens, std::min(5, tokens), {"model", "abc", "test", "reference", "", "", 7});
}

bool equal(const RoutingTrace& a, const RoutingTrace& b) {
  if (a.token_count() != b.token_count() || a.layer_count() != b.layer_count()) return false;
  for (int t = 0; t < a.token_count(); ++t) {
    if (a.token_id(t) != b.token_id(t)) return false;
    for (int l = 0; l < a.layer_count(); ++l) {
      if (!std::ranges::equal(a.ids(t, l), b.ids(t, l)) || !std::ranges::equal(a.weights(t, l), b.weights(t, l)) ||
          !std::ranges::equal(a.scores(t, l), b.scores(t, l))) return false;
    }
  }
  return true;
}

}  // namespace

// RoutingTrace in memory (trace.cpp), and as a file (trace_file.cpp).
class TestTrace : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void snapshotsKeepWhatTheySaw() {
    TraceRecorder recorder(layout(), true);
    fill(recorder, 0, 100, 1);
    const RoutingTrace before = recorder.snapshot(100, 5, {});
    recorder.truncate(70);
    fill(recorder, 70, 130, 2);
    const RoutingTrace after = recorder.snapshot(130, 5, {});
    QVERIFY(equal(before, make(100)));
    QVERIFY(std::ranges::equal(before.scores(69, 0), after.scores(69, 0)));
    QVERIFY(!std::ranges::equal(before.scores(80, 0), after.scores(80, 0)));
  }
  void fileRoundTrip_data() {
    QTest::addColumn<int>("tokens");
    for (const int n : {0, 1, 63, 64, 65, 200}) QTest::newRow(qPrintable(QString::number(n))) << n;
  }
  void fileRoundTrip() {
    QFETCH(int, tokens);
    QTemporaryDir dir;
    const std::string path = dir.filePath("a.rhtrace").toStdString();
    const RoutingTrace trace = make(tokens);
    std::vector<std::string> texts(static_cast<std::size_t>(tokens), "词");
    QVERIFY(trace.save(path, texts).ok());
    const auto file = RoutingTrace::load(path);
    QVERIFY2(file.ok(), file.ok() ? "" : file.error().message().c_str());
    QVERIFY(equal(file->trace, trace));
    QCOMPARE(file->texts.size(), texts.size());
    QCOMPARE(file->trace.provenance().model_name, std::string("model"));
    QCOMPARE(file->trace.prompt_tokens(), trace.prompt_tokens());
  }
  void everyChangedByteIsFound() {
    QTemporaryDir dir;
    const QString path = dir.filePath("a.rhtrace");
    QVERIFY(make(3).save(path.toStdString()).ok());
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray good = file.readAll();
    file.close();
    const auto refused = [&](const QByteArray& bytes) {
      QFile out(path);
      if (!out.open(QIODevice::WriteOnly)) return false;
      out.write(bytes);
      out.close();
      return !RoutingTrace::load(path.toStdString()).ok();
    };
    for (int i = 0; i < good.size(); i += 3) {
      QByteArray bad = good;
      bad[i] = static_cast<char>(bad[i] ^ 0x20);
      QVERIFY2(refused(bad), qPrintable(QString::number(i)));
    }
    for (int n = 1; n < good.size(); n += 37) QVERIFY(refused(good.left(n)));
  }
  void moreTextsThanTokensAreRefused() {
    QTemporaryDir dir;
    const std::string path = dir.filePath(QStringLiteral("texts.rhtrace")).toStdString();
    QVERIFY(make(3).save(path, {"a", "b", "c"}).ok());
    QVERIFY(RoutingTrace::load(path).ok());
    QVERIFY(make(3).save(path, std::vector<std::string>(1000, "x")).ok());
    const auto file = RoutingTrace::load(path);
    QVERIFY(!file.ok());
    QVERIFY2(file.error().message().find("1000") != std::string::npos, file.error().message().c_str());
  }
  void hostileHeadersAreRefused() {
    QTemporaryDir dir;
    const std::string path = dir.filePath("a.rhtrace").toStdString();
    const auto refused = [&](const std::string& header) {
      std::string bytes = "RHTRACE1";
      const auto size = static_cast<std::uint32_t>(header.size());
      bytes.append(reinterpret_cast<const char*>(&size), 4);
      bytes += header;
      bytes.append("END", 4);
      const auto digest = sha256(bytes).value();
      bytes.append(reinterpret_cast<const char*>(digest.data()), digest.size());
      QFile out(QString::fromStdString(path));
      if (!out.open(QIODevice::WriteOnly)) return std::string();
      out.write(bytes.data(), static_cast<qint64>(bytes.size()));
      out.close();
      const auto file = RoutingTrace::load(path);
      return file.ok() ? std::string("loaded") : file.error().message();
    };
    const std::string head = R"({"version":1,"tokens":0,"prompt_tokens":0,"top_k":2,"model_layers":4,"layers":)";
    QCOMPARE(refused(head + "[]}"), std::string("loaded"));
    const std::string deep = refused(head + std::string(2'000'000, '[') + std::string(2'000'000, ']') + "}");
    QVERIFY2(deep.find("deep") != std::string::npos, deep.c_str());
    for (const char* rest : {"5}", "[5]}", R"([{"layer":9,"experts":4,"top_k":2,"shared":0}]})", R"([{"layer":1,"experts":"4","top_k":2,"shared":0}]})",
                             R"([],"texts":[5]})", R"([],"provenance":[]})", R"([],"provenance":{"model_name":5}})", R"([],"scores":"yes"})", "[]"}) {
      QVERIFY2(refused(head + rest).find("a.rhtrace") != std::string::npos, refused(head + rest).c_str());
    }
  }
  void aFailedWriteSaysWhy() {
    const Status saved = make(3).save("/nowhere/at/all.rhtrace");
    QVERIFY(!saved.ok() && saved.error().code == ErrorCode::not_found);
    QVERIFY2(saved.error().message().find("no such file or folder") != std::string::npos, saved.error().message().c_str());
  }
  void loadCountsEveryAssignmentOnce() {
    const RoutingTrace trace = make(150);
    const LayerLoad load = layer_load(trace, 1, 0, 150);
    std::int64_t total = 0;
    double mass = 0, squares = 0;
    for (std::size_t e = 0; e < 8; ++e) {
      total += load.assignments[e];
      mass += load.gate_mass[e];
      squares += double(load.assignments[e]) * double(load.assignments[e]);
    }
    QCOMPARE(total, std::int64_t{300});
    QVERIFY(std::abs(mass - 150.0) < 1e-4);
    QVERIFY(std::abs(load.jain - 300.0 * 300.0 / (8 * squares)) < 1e-12);
    // CV^2 = 1/Jain - 1.
    QVERIFY(std::abs(load.coefficient_of_variation * load.coefficient_of_variation - (1 / load.jain - 1)) < 1e-9);
    QVERIFY(load.entropy > 0.9 && load.entropy <= 1.0);
  }
  void decisionGivesMarginAndRunnersUp() {
    const RoutingTrace trace = make(10);
    const TokenDecision d = token_decision(trace, 4, 2, 3);
    QCOMPARE(d.selected.size(), std::size_t{2});
    QCOMPARE(d.runners_up.size(), std::size_t{3});
    QVERIFY(std::abs(d.margin - (d.selected[1].score - d.runners_up[0].score)) < 1e-6);
    QVERIFY(d.runners_up[0].score >= d.runners_up[1].score);
  }
  void coActivationIsConditional() {
    const RoutingTrace trace = make(300);
    const auto m = co_activation(trace, 0, 0, 300);
    for (std::size_t i = 0; i < 8; ++i) {
      double row = 0;
      for (std::size_t j = 0; j < 8; ++j) row += m[i * 8 + j];
      QVERIFY(std::abs(row - 2.0) < 1e-9);  // itself and one partner
      QCOMPARE(m[i * 8 + i], 1.0);
    }
  }
  void divergenceIsZeroForEqualAndOneForDisjoint() {
    QCOMPARE(layer_divergence(make(50), make(50))->at(1), 0.0);
    TraceRecorder a(layout(), true), b(layout(), true);
    for (int t = 0; t < 4; ++t) {
      for (TraceRecorder* r : {&a, &b}) {
        const TraceRow row = r->row(t, 0);
        for (int l = 0; l < 3; ++l) {
          row.ids[l * 2] = r == &a ? 0 : 4;
          row.ids[l * 2 + 1] = r == &a ? 1 : 5;
        }
      }
    }
    const auto d = layer_divergence(a.snapshot(4, 0, {}), b.snapshot(4, 0, {}));
    QVERIFY(std::abs(d->at(0) - 1.0) < 1e-12);
    const auto diff = load_difference(a.snapshot(4, 0, {}), b.snapshot(4, 0, {}));
    QCOMPARE(diff->at(0), -0.5);
    QCOMPARE(diff->at(4), 0.5);
    QVERIFY(!layer_divergence(make(5), RoutingTrace()).ok());
  }
  void topTokensSortByMass() {
    const RoutingTrace trace = make(200);
    const auto tokens = top_tokens(trace, 0, 3, 0, 200, 5);
    QVERIFY(tokens.size() <= 5 && !tokens.empty());
    for (std::size_t i = 1; i < tokens.size(); ++i) QVERIFY(tokens[i - 1].gate_mass >= tokens[i].gate_mass);
  }
  void exportsNameEveryDecision() {
    const RoutingTrace trace = make(2);
    const std::string csv = testing::trace_text(trace, &RoutingTrace::write_csv, {"a\"b", "c"});
    QCOMPARE(std::count(csv.begin(), csv.end(), '\n'), std::ptrdiff_t{1 + 2 * 3 * 2});
    QVERIFY(csv.find("\"a\"\"b\"") != std::string::npos);
    QVERIFY(testing::trace_text(trace, &RoutingTrace::write_json).find("\"experts\"") != std::string::npos);
    // A token that ends within a character, in both as it is read from JSON.
    const std::vector<std::string> split = {"a\xe4\xb8", "\xad"};
    QVERIFY(testing::trace_text(trace, &RoutingTrace::write_csv, split).find("\"a\xef\xbf\xbd\"") != std::string::npos);
    QVERIFY(testing::trace_text(trace, &RoutingTrace::write_json, split).find("\"a\xef\xbf\xbd\"") != std::string::npos);
    QVERIFY(QString::fromStdString(testing::trace_text(trace, &RoutingTrace::write_csv, split)).toStdString() == testing::trace_text(trace, &RoutingTrace::write_csv, split));
    // Edited routing is told before its numbers.
    TraceRecorder recorder(layout(), true);
    fill(recorder, 0, 1, 5);
    TraceProvenance provenance;
    RoutingEdits edits;
    edits.experts = {{1, 3, ExpertAction::disable, 0}};
    provenance.edits_json = edits.to_json();
    const std::string edited = testing::trace_text(recorder.snapshot(1, 0, provenance), &RoutingTrace::write_csv);
    QVERIFY2(edited.starts_with("# edited routing: layer 1: expert 3 disabled\ntoken,"), edited.c_str());
    // Both go out piece by piece, and the first refusal ends them.
    const std::string json = testing::trace_text(trace, &RoutingTrace::write_json, split);
    QVERIFY(QJsonDocument::fromJson(QByteArray::fromStdString(json))["tokens"].toArray().size() == 2);
    int pieces = 0;
    const auto full_disk = [&pieces](std::string_view) -> Status {
      if (++pieces < 2) return Ok{};
      return Error{ErrorCode::io, "write file", "x", {}, "no space"};
    };
    QCOMPARE(trace.write_csv(full_disk).error().code, ErrorCode::io);
    QCOMPARE(pieces, 2);
    QVERIFY(!trace.write_json(full_disk).ok());
    QCOMPARE(pieces, 3);
    QVERIFY(testing::trace_text(trace, &RoutingTrace::write_csv).starts_with("token,token_id,text,layer,rank,expert,weight,score\n"));
  }
};

QTEST_APPLESS_MAIN(TestTrace)
#include "test_trace.moc"
