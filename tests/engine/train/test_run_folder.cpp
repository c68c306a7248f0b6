// SPDX-License-Identifier: Apache-2.0
#include "engine/train/run_folder.h"

#include <unistd.h>

#include <QtTest>

using namespace roundhouse;

namespace {

QByteArray content(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("unreadable");
}

}  // namespace

class TestRunFolder : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void eventsAreLinesThatAListenerSees() {
    const QTemporaryDir folder;
    const std::string path = folder.filePath("a/b").toStdString();
    {
      auto run = RunFolder::open(path, false);
      QVERIFY(run.ok());
      std::vector<std::string> heard;
      run->listen([&](const std::string& line) { heard.push_back(line); });
      QVERIFY(run->tell("step", Json{{"step", 1}, {"text", "two\nlines"}}).ok());
      QVERIFY(run->tell("finished", Json::object(), true).ok());
      QCOMPARE(heard.size(), std::size_t{2});
      QCOMPARE(content(folder.filePath("a/b/events.jsonl")), QByteArray::fromStdString(heard[0] + "\n" + heard[1] + "\n"));
      const Json event = Json::parse(heard[0]);
      QCOMPARE(event["event"], Json("step"));
      QVERIFY(QRegularExpression("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$").match(QString::fromStdString(event["time"])).hasMatch());
      QCOMPARE(content(folder.filePath("a/b/run.lock")).trimmed().toLong(), static_cast<long>(::getpid()));
      QVERIFY(run->keep_job("one").ok() && run->keep_job("two").ok());
      QCOMPARE(content(folder.filePath("a/b/job.yaml")), QByteArray("one"));
    }
  }
  void oneProcessAtATimeAndNoRunOverAnother() {
    const QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    QCOMPARE(RunFolder::open(path, true).error().received, std::string("none"));
    {
      auto run = RunFolder::open(path, false);
      QVERIFY(run.ok());
      const auto second = RunFolder::open(path, true);
      QVERIFY(!second.ok() && second.error().code == ErrorCode::conflict && second.error().received == "a running one");
    }
    QCOMPARE(RunFolder::open(path, false).error().received, std::string("a run"));
    QVERIFY(RunFolder::open(path, true).ok());
  }
  void whatAnotherProgramLeftIsNotWrittenOver() {
    for (const char* name : {"checkpoint-500", "adapter", "merged", "merged.gguf", "weights.safetensors"}) {
      const QTemporaryDir folder;
      QVERIFY(QDir(folder.path()).mkpath(name));
      const auto run = RunFolder::open(folder.path().toStdString(), false);
      QVERIFY2(!run.ok() && run.error().received == name, name);
      QVERIFY(QFileInfo::exists(folder.filePath(name)) && !QFileInfo::exists(folder.filePath("events.jsonl")));
    }
  }
  void aTornLineIsEndedBeforeTheNext() {
    const QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    QFile file(folder.filePath("events.jsonl"));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("{\"event\": \"st") > 0);
    file.close();
    QVERIFY(RunFolder::open(path, true)->tell("paused", Json::object()).ok());
    const QList<QByteArray> lines = content(file.fileName()).trimmed().split('\n');
    QCOMPARE(lines.size(), 2);
    QCOMPARE(Json::parse(lines[1].toStdString())["event"], Json("paused"));
  }
  void aFullDiskIsAnErrorThatTheListenerStillHears() {
    const QTemporaryDir folder;
    QVERIFY(QFile::link("/dev/full", folder.filePath("events.jsonl")));
    QVERIFY(!RunFolder::open(folder.path().toStdString(), true).ok());  // no link is followed out of the folder
    QVERIFY(!RunFolder::open("/proc/1/none", false).ok());
  }
};

QTEST_GUILESS_MAIN(TestRunFolder)
#include "test_run_folder.moc"
