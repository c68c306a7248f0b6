// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/model_scanner.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QRandomGenerator>
#include <QSemaphore>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include <unistd.h>

#include <map>

#include "tests/engine/io/gguf_bytes.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

const QString kEmbedded = QStringLiteral(ROUNDHOUSE_SOURCE_DIR "/resources/models/roundhouse-mini-q4_0.gguf");

Result<ModelInfo> anything(const std::string& path) {
  ModelInfo info;
  info.path = path;
  return info;
}

}  // namespace

class TestModelScanner : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> folder_;
  QThreadPool pool_;

  QString write(const QString& name, const QByteArray& bytes = "x") {
    const QString path = folder_->filePath(name);
    QDir().mkpath(QFileInfo(path).absolutePath());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) qFatal("cannot write %s", qPrintable(path));
    return path;
  }
  void link(const QString& target, const QString& name) {
    const QString path = folder_->filePath(name);
    QDir().mkpath(QFileInfo(path).absolutePath());
    QVERIFY(QFile::link(target, path));
  }

  struct Outcome {
    QStringList paths, origins, unreadable;  // paths relative to the folder, sorted
    std::map<QString, FoundModel> models;
    int told = -1;
  };
  Outcome scan(const ScanRequest& request, std::function<Result<ModelInfo>(const std::string&)> inspect = anything) {
    ModelScanner scanner(std::move(inspect), pool_);
    Outcome outcome;
    connect(&scanner, &ModelScanner::found, this, [&](const FoundModel& model) {
      const QString name = QDir(folder_->path()).relativeFilePath(model.path);
      outcome.paths.append(name);
      outcome.origins.append(model.origin);
      outcome.models[name] = model;
    });
    QSignalSpy finished(&scanner, &ModelScanner::finished);
    scanner.scan(request);
    [&] { QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 10000); }();
    if (!finished.isEmpty()) {
      outcome.told = finished[0][0].toInt();
      outcome.unreadable = finished[0][1].toStringList();
    }
    outcome.paths.sort();
    return outcome;
  }
  Outcome scanAll(std::function<Result<ModelInfo>(const std::string&)> inspect = anything) {
    return scan({{}, {folder_->path()}, false}, std::move(inspect));
  }

 private Q_SLOTS:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void findsModelsHoweverDeep() {
    write("a.gguf");
    write("deep/er/and/deeper/b.GGUF");
    write("other.txt");
    write("gguf");
    write("folder/config.json");
    write("folder/model.safetensors");
    write("folder/inside/c.gguf");
    write("only-config/config.json");
    write("only-tensors/model.safetensors");
    write(".hidden/d.gguf");
    QDir(folder_->path()).mkpath("named-like-a-model.gguf");
    const Outcome outcome = scanAll();
    QCOMPARE(outcome.paths, (QStringList{".hidden/d.gguf", "a.gguf", "deep/er/and/deeper/b.GGUF", "folder", "folder/inside/c.gguf"}));
    QCOMPARE(outcome.told, 5);
    QVERIFY(outcome.unreadable.isEmpty());
    QVERIFY(outcome.models.at("a.gguf").info && !outcome.models.at("a.gguf").error);
  }
  void laterPartsBelongToTheFirst() {
    write("big-00001-of-00003.gguf");
    write("big-00002-of-00003.gguf");
    write("big-00003-of-00003.GGUF");
    write("small-00002.gguf");
    QCOMPARE(scanAll().paths, (QStringList{"big-00001-of-00003.gguf", "small-00002.gguf"}));
  }
  void loopsOfLinksEndAndOneFileIsOneModel() {
    write("real/a.gguf");
    link(folder_->filePath("real"), "real/loop");
    link(folder_->path(), "real/up");
    link(folder_->filePath("real/a.gguf"), "again.gguf");
    link(folder_->filePath("real"), "alias");
    link(folder_->filePath("nowhere"), "dangling.gguf");
    link(folder_->filePath("self"), "self");
    const Outcome outcome = scanAll();
    QCOMPARE(outcome.paths.size(), 1);
    QVERIFY(outcome.unreadable.isEmpty());
  }
  void aModelOfTwoFoldersIsFoundOnce() {
    write("a/one.gguf");
    const Outcome outcome = scan({folder_->filePath("a/one.gguf"), {folder_->path(), folder_->filePath("a"), folder_->filePath("a/one.gguf")}, false});
    QCOMPARE(outcome.paths.size(), 1);
    QCOMPARE(outcome.origins, (QStringList{"embedded"}));
  }
  void modelsInUseAreFoundWhereverTheyAre() {
    write("far/away.gguf");
    write("lib/a.gguf");
    link(folder_->filePath("lib/a.gguf"), "alias.gguf");
    const QString away = folder_->filePath("far/away.gguf"), alias = folder_->filePath("alias.gguf"), gone = folder_->filePath("gone.gguf");
    const Outcome outcome = scan({{}, {folder_->filePath("lib")}, false, {away, alias, gone}});
    // A file of a folder has the path by which it is in use; one that is gone is told, too.
    QCOMPARE(outcome.paths, (QStringList{"alias.gguf", "far/away.gguf", "gone.gguf"}));
    QCOMPARE(outcome.models.at("alias.gguf").origin, QString("folder"));
    QCOMPARE(outcome.models.at("far/away.gguf").origin, QString("used"));
  }
  void unreadableAndMissingFoldersAreNamed() {
    write("closed/a.gguf");
    write("open/b.gguf");
    const QString closed = folder_->filePath("closed");
    const bool root = geteuid() == 0;  // may read anything
    QVERIFY(QFile::setPermissions(closed, {}));
    const Outcome outcome = scan({{}, {folder_->path(), folder_->filePath("gone")}, false});
    QVERIFY(QFile::setPermissions(closed, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    QCOMPARE(outcome.unreadable, root ? QStringList{folder_->filePath("gone")} : (QStringList{closed, folder_->filePath("gone")}));
    QVERIFY(outcome.paths.contains("open/b.gguf"));
  }
  void aFolderThatGoesMeanwhileIsNoProblem() {
    for (int i = 0; i < 40; ++i) write(QString("%1/m.gguf").arg(i, 2, 10, QChar('0')));
    int seen = 0;
    const Outcome outcome = scanAll([&](const std::string& path) {
      if (++seen == 10) QDir(folder_->path()).removeRecursively();
      return anything(path);
    });
    QVERIFY(outcome.told >= 10 && outcome.told < 40);
    QCOMPARE(int(outcome.paths.size()), outcome.told);
  }
  void thousandsOfFiles() {
    for (int i = 0; i < 4000; ++i) write(QString("d%1/%2%3").arg(i % 40).arg(i).arg(i % 4 ? ".txt" : ".gguf"));
    int ticks = 0;
    QTimer beat;
    connect(&beat, &QTimer::timeout, this, [&] { ++ticks; });
    beat.start(1);
    const Outcome outcome = scanAll();
    QCOMPARE(outcome.told, 1000);
    QCOMPARE(outcome.paths.size(), 1000);
    QVERIFY(ticks > 1);  // the window's thread goes on meanwhile
  }
  void theHuggingFaceCacheIsUnderstood() {
    qputenv("HF_HUB_CACHE", folder_->filePath("hub").toLocal8Bit());
    QCOMPARE(hubCacheFolder(), folder_->filePath("hub"));
    // Files are links into blobs/, whose names say nothing.
    write("hub/models--org--moe/blobs/aaa", "{}");
    write("hub/models--org--moe/blobs/bbb");
    write("hub/models--org--moe/blobs/ccc");
    write("hub/models--org--moe/refs/main", "rev1");
    for (const QString revision : {"rev1", "rev2"}) {
      link("../../blobs/aaa", QString("hub/models--org--moe/snapshots/%1/config.json").arg(revision));
      link("../../blobs/bbb", QString("hub/models--org--moe/snapshots/%1/model.safetensors").arg(revision));
      link("../../blobs/ccc", QString("hub/models--org--moe/snapshots/%1/q4.gguf").arg(revision));
    }
    const Outcome outcome = scan({{}, {}, true});
    QCOMPARE(outcome.paths, (QStringList{"hub/models--org--moe/snapshots/rev1", "hub/models--org--moe/snapshots/rev1/q4.gguf",
                                         "hub/models--org--moe/snapshots/rev2"}));
    QCOMPARE(outcome.origins.first(), QString("hub"));
    QVERIFY(scan({{}, {}, false}).paths.isEmpty());
    qunsetenv("HF_HUB_CACHE");
    qputenv("HF_HOME", "/x/hf");
    QCOMPARE(hubCacheFolder(), QString("/x/hf/hub"));
    qunsetenv("HF_HOME");
    qputenv("XDG_CACHE_HOME", "/x/cache");
    QCOMPARE(hubCacheFolder(), QString("/x/cache/huggingface/hub"));
    qunsetenv("XDG_CACHE_HOME");
  }
  void aNewScanSilencesTheOneBefore() {
    for (int i = 0; i < 30; ++i) write(QString("old/%1.gguf").arg(i));
    write("new/one.gguf");
    std::atomic<int> seen{0};
    std::atomic<bool> go{false};
    ModelScanner scanner([&](const std::string& path) {
      if (path.find("/old/") != std::string::npos) {
        ++seen;
        while (!go) QThread::msleep(1);
      }
      return anything(path);
    }, pool_);
    QSignalSpy found(&scanner, &ModelScanner::found), finished(&scanner, &ModelScanner::finished);
    scanner.scan({{}, {folder_->filePath("old")}, false});
    QVERIFY(scanner.running());
    QTRY_VERIFY(seen > 0);
    scanner.scan({{}, {folder_->filePath("new")}, false});
    go = true;
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(finished[0][0].toInt(), 1);
    QCOMPARE(found.size(), 1);
    QVERIFY(!scanner.running());
    QVERIFY(pool_.waitForDone(5000));
    QCOMPARE(seen.load(), 1);  // it stopped where it was
    scanner.scan({{}, {folder_->filePath("new")}, false});
    scanner.cancel();
    QVERIFY(pool_.waitForDone(5000));
    QCoreApplication::processEvents();  // what it posted
    QCOMPARE(finished.size(), 1);
  }
  void aLongScanHoldsNothingElseUp() {
    write("a.gguf");
    auto* others = QThreadPool::globalInstance();
    const int threads = others->maxThreadCount();
    others->setMaxThreadCount(1);  // as on one core
    QSemaphore inside, go, done;
    ModelScanner scanner([&](const std::string& path) {
      inside.release();
      go.acquire();
      return anything(path);
    }, pool_);
    scanner.scan({{}, {folder_->path()}, false});
    QVERIFY(inside.tryAcquire(1, 5000));
    others->start([&] { done.release(); });
    const bool came = done.tryAcquire(1, 5000);
    go.release();
    QVERIFY(pool_.waitForDone(5000));
    others->setMaxThreadCount(threads);
    QVERIFY(came);
  }

  // With the real engine: each kind of bad file says what is wrong with it, and where.
  void badFilesSayWhy_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QStringList>("words");  // of the message
    QFile real(kEmbedded);
    QVERIFY(real.open(QIODevice::ReadOnly));
    const QByteArray head = real.read(6'000'000);
    QTest::newRow("empty") << "m.gguf" << QByteArray() << QStringList{"m.gguf", "empty file"};
    QTest::newRow("another kind") << "m.gguf" << QByteArray("%PDF-1.7 and more") << QStringList{"m.gguf", "GGUF", "%PDF-1.7"};
    QTest::newRow("cut in its counts") << "m.gguf" << head.left(10) << QStringList{"m.gguf", "counts", "end of the file at 10 bytes"};
    QTest::newRow("cut in its header") << "m.gguf" << head.left(100'000) << QStringList{"m.gguf", "tokenizer.ggml.tokens"};
    QTest::newRow("cut in a tensor") << "m.gguf" << head << QStringList{"m.gguf", "tensor '", "end of the file at 6000000 bytes"};
    QByteArray version = head;
    version[4] = 9;
    QTest::newRow("another version") << "m.gguf" << version << QStringList{"m.gguf", "version 2 or 3", "version 9"};
    const auto text = [](const test::GgufBytes& bytes) { return QByteArray::fromStdString(bytes.text()); };
    QTest::newRow("no architecture") << "m.gguf" << text(test::GgufBytes(0, 0).pad()) << QStringList{"m.gguf", "general.architecture"};
    QTest::newRow("a part is missing") << "m-00001-of-00004.gguf"
                                     << text(test::GgufBytes(0, 3).key("general.architecture", 8).string("llama").key("split.no", 2).put(std::uint16_t(0))
                                                 .key("split.count", 2).put(std::uint16_t(4)).pad())
                                     << QStringList{"m-00002-of-00004.gguf", "no such file"};
    QTest::newRow("unknown architecture") << "m.gguf" << text(test::GgufBytes(0, 1).key("general.architecture", 8).string("resnet").pad())
                                          << QStringList{"resnet"};
    QTest::newRow("no configuration") << "hf/model.safetensors" << QByteArray("x") << QStringList{"config.json"};
    QTest::newRow("damaged tensors") << "hf2/model.safetensors" << QByteArray("\xff\xff\xff\xff\xff\xff\xff\xff{}") << QStringList{"model.safetensors"};
    QTest::newRow("missing shard") << "hf3/model.safetensors.index.json"
                                   << QByteArray(R"({"weight_map":{"a":"model-00001-of-00002.safetensors"}})")
                                   << QStringList{"model-00001-of-00002.safetensors"};
  }
  void badFilesSayWhy() {
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    QFETCH(QStringList, words);
    const QString file = write(name, bytes);
    QString path = file;
    if (name.startsWith("hf")) {
      path = QFileInfo(file).absolutePath();
      if (!name.startsWith("hf/")) write(QFileInfo(name).path() + "/config.json", R"({"model_type":"mixtral"})");
    }
    const Result<ModelInfo> info = inspect_model(path.toStdString());
    QVERIFY(!info.ok() || info->not_loadable);
    const QString why = QString::fromStdString((info.ok() ? *info->not_loadable : info.error()).message());
    for (const QString& word : words) QVERIFY2(why.contains(word), qPrintable(why));
  }
  // Bits flipped anywhere in the header: an answer or a reason, never a crash.
  void flippedBitsAreSurvived() {
    QFile real(kEmbedded);
    QVERIFY(real.open(QIODevice::ReadOnly));
    const QByteArray head = real.read(1'300'000);
    QRandomGenerator random(3);
    int refused = 0;
    for (int round = 0; round < 60; ++round) {
      QByteArray damaged = head;
      const int where = round < 30 ? random.bounded(4000) : random.bounded(int(head.size()));
      damaged[where] = char(damaged[where] ^ (1 << random.bounded(8)));
      const QString path = write("flipped.gguf", damaged);
      QVERIFY(QFile::resize(path, real.size()));  // the rest reads as zeros
      const Result<ModelInfo> info = inspect_model(path.toStdString());
      if (info.ok()) {
        QVERIFY(!info->not_loadable || !info->not_loadable->message().empty());
        continue;
      }
      ++refused;
      QVERIFY2(QString::fromStdString(info.error().message()).contains("flipped.gguf"), info.error().message().c_str());
    }
    QVERIFY(refused > 5);
  }
  void memoryIsPredictedByPurpose() {
    const Result<ModelInfo> info = inspect_model(kEmbedded.toStdString());
    QVERIFY(info.ok() && !info->not_loadable);
    std::uint64_t before = 0;
    for (const int context : {64, 512, 2048}) {
      LoadOptions options;
      options.context_tokens = context;
      const MemoryUse use = predict_memory(*info, options);
      QCOMPARE(use.kv_cache_bytes, info->kv_bytes_per_token * std::uint64_t(context));
      QCOMPARE(use.dense_weights_bytes, info->dense_bytes);
      QCOMPARE(use.expert_weights_bytes, info->expert_bytes);
      QVERIFY(use.workspace_bytes > 0);
      QVERIFY(use.total_bytes() > before);
      before = use.total_bytes();
    }
    QVERIFY(info->dense_bytes + info->expert_bytes <= info->file_bytes);
    QVERIFY(info->dense_bytes + info->expert_bytes > info->file_bytes * 9 / 10);
  }
};

QTEST_GUILESS_MAIN(TestModelScanner)
#include "test_model_scanner.moc"
