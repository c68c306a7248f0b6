// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "engine/facade/model_digest.h"
#include "facade_fixture.h"

using namespace roundhouse;
using namespace roundhouse::testing;

class TestModelDigest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void ofOneFileItIsItsSha256() {
    write("a", "abc");
    QCOMPARE(must(model_digest({path("a")})), hex("abc"));
  }
  void ofSeveralItIsThatOfTheirLines() {
    write("a", "abc");
    write("b", "de");
    const std::string lines = hex("abc") + "  a\n" + hex("de") + "  b\n";
    QCOMPARE(must(model_digest({path("a"), path("b")})), hex(lines));
    QVERIFY(must(model_digest({path("b"), path("a")})) != hex(lines));
    std::uint64_t last = 0;
    must(model_digest({path("a"), path("b")}, {}, [&](std::uint64_t done, std::uint64_t total) {
      QCOMPARE(total, std::uint64_t{5});
      QVERIFY(done >= last);
      last = done;
    }));
    QCOMPARE(last, std::uint64_t{5});
  }
  void stopsAndSaysWhatIsMissing() {
    const CancelToken stop;
    stop.cancel();
    write("a", "abc");
    QCOMPARE(model_digest({path("a")}, stop).error().code, ErrorCode::cancelled);
    QVERIFY(model_digest({path("a"), path("none")}).error().message().find("none") != std::string::npos);
  }
  // A byte changed in any file of a folder is another model.
  void aFoldersDigestCoversConfigAndWeights() {
    const Bench bench;
    const std::string folder = write_tiny_hugging_face(bench.path("folder"));
    const auto load = [&] { return must(bench.engine->load_model(folder))->sha256(); };
    const std::string before = load();
    QCOMPARE(before, must(model_digest({folder + "/config.json", folder + "/model.safetensors"})));
    std::ofstream(folder + "/config.json", std::ios::app) << " ";
    const std::string spaced = load();
    QVERIFY(spaced != before && spaced.size() == 64);
    TinyFile other;
    other.seed = 2;
    write_tiny_hugging_face(folder, other);
    QVERIFY(load() != before);
  }

 private:
  std::string path(const char* name) const { return folder_.filePath(name).toStdString(); }
  void write(const char* name, const std::string& text) const { std::ofstream(path(name)) << text; }
  static std::string hex(const std::string& text) {
    return QCryptographicHash::hash(QByteArray::fromStdString(text), QCryptographicHash::Sha256).toHex().toStdString();
  }
  QTemporaryDir folder_;
};

QTEST_APPLESS_MAIN(TestModelDigest)
#include "test_model_digest.moc"
