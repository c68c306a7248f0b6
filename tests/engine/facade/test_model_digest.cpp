// SPDX-License-Identifier: Apache-2.0
#include <QCryptographicHash>
#include <QtTest>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/facade/model_digest.h"
#include "facade_fixture.h"
#include "roundhouse/load_stage.h"

using namespace roundhouse;
using namespace roundhouse::testing;

class TestModelDigest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void ofOneFileItIsItsSha256() {
    QCOMPARE(must(model_digest({file("a", "abc")})), hex("abc"));
    const std::string large(3'500'000, 'x');
    QCOMPARE(must(model_digest({file("large", large)})), hex(large));
    QCOMPARE(must(model_digest({file("empty", "")})), hex(""));
  }
  void ofSeveralItIsThatOfTheirLines() {
    const std::string lines = hex("abc") + "  a\n" + hex("de") + "  b\n";
    const SourceFile a = file("in/a", "abc"), b = file("in/b", "de");
    QCOMPARE(must(model_digest({a, b})), hex(lines));
    QVERIFY(must(model_digest({b, a})) != hex(lines));
    std::uint64_t last = 0;
    must(model_digest({a, b}, {}, [&](std::uint64_t done, std::uint64_t total) {
      QCOMPARE(total, std::uint64_t{5});
      QVERIFY(done >= last);
      last = done;
    }));
    QCOMPARE(last, std::uint64_t{5});
  }
  void stops() {
    const CancelToken stop;
    const std::string large(3'500'000, 'x');
    int calls = 0;
    const auto digest = model_digest({file("large", large)}, stop, [&](std::uint64_t, std::uint64_t) {
      ++calls;
      stop.cancel();
    });
    QVERIFY(!digest.ok() && digest.error().code == ErrorCode::cancelled && digest.error().object == "large");
    QCOMPARE(calls, 1);
  }
  // What answers is what is named: a file renamed over the model's while it loads is another one.
  void aFileThatTakesItsPlaceIsNotDigested() {
    const Bench bench;
    const std::string model = bench.path("tiny.gguf"), other = bench.path("other");
    std::ofstream(other) << "something else";
    const std::string before = must(bench.engine->load_model(model))->sha256();
    bool replaced = false;
    const auto loaded = must(bench.engine->load_model(model, {}, [&](const LoadProgress& progress) {
      if (progress.stage == load_stage::mapping || replaced) return;
      std::filesystem::rename(other, model);
      replaced = true;
    }));
    QVERIFY(replaced);
    QCOMPARE(loaded->sha256(), before);
  }
  // A byte changed in any file of a folder is another model.
  void aFoldersDigestCoversConfigAndWeights() {
    const Bench bench;
    const std::string folder = write_tiny_hugging_face(bench.path("folder"));
    const auto load = [&] { return must(bench.engine->load_model(folder))->sha256(); };
    const std::string before = load();
    const std::string config = contents(folder + "/config.json"), weights = contents(folder + "/model.safetensors");
    QCOMPARE(before, must(model_digest({file("config.json", config), file("model.safetensors", weights)})));
    std::ofstream(folder + "/config.json", std::ios::app) << " ";
    const std::string spaced = load();
    QVERIFY(spaced != before && spaced.size() == 64);
    TinyFile other;
    other.seed = 2;
    write_tiny_hugging_face(folder, other);
    QVERIFY(load() != before);
  }

 private:
  static SourceFile file(const char* path, std::string_view text) { return {path, std::as_bytes(std::span(text))}; }
  static std::string contents(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  static std::string hex(const std::string& text) {
    return QCryptographicHash::hash(QByteArray::fromStdString(text), QCryptographicHash::Sha256).toHex().toStdString();
  }
};

QTEST_APPLESS_MAIN(TestModelDigest)
#include "test_model_digest.moc"
