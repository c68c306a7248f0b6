// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/folder_lock.h"
#include "app/stores/kept_answers.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QThread>
#include <QtTest>

#include <atomic>
#include <memory>

using namespace roundhouse::app;

class TestKeptAnswers : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void theyAreCountedAndDeletedAndNothingElse() {
    const QTemporaryDir data;
    const auto write = [&](const QString& name, int bytes) {
      QDir().mkpath(QFileInfo(data.filePath(name)).path());
      QFile file(data.filePath(name));
      QVERIFY(file.open(QIODevice::WriteOnly) && file.write(QByteArray(bytes, 'x')) == bytes);
    };
    QCOMPARE(keptAnswers(data.path()).answers, 0);
    QVERIFY(deleteKeptAnswers(data.path()).ok());
    write("answers/one/a.json", 10);
    write("answers/one/a.rhtrace", 100);
    write("answers/two/b.json", 1000);
    write("answers/two/b.rhtrace.0123456789abcdef.part", 10000);  // what killed programs have left
    write("answers/two/c.json.aBcDeF", 100000);
    write("answers/two/mine.txt", 5);
    write("answers/two/b.json.backup", 5);
    write("conversations.db", 7);
    QVERIFY(QDir().mkpath(data.filePath("elsewhere")));
    write("elsewhere/c.json", 3);
    QVERIFY(QFile::link(data.filePath("elsewhere"), data.filePath("answers/link")));
    const KeptAnswers kept = keptAnswers(data.path());
    QCOMPARE(kept.answers, 2);
    QCOMPARE(kept.bytes, qint64(111110));
    QVERIFY(deleteKeptAnswers(data.path()).ok());
    QCOMPARE(keptAnswers(data.path()).answers, 0);
    QVERIFY(!QFile::exists(data.filePath("answers/one")));
    QCOMPARE(QDir(data.filePath("answers/two")).entryList(QDir::Files), (QStringList{"b.json.backup", "mine.txt"}));
    for (const char* name : {"answers/two/mine.txt", "conversations.db", "elsewhere/c.json"}) QVERIFY2(QFile::exists(data.filePath(name)), name);
  }
  void whatIsBeingWrittenIsLeftAlone() {
    const QTemporaryDir data;
    QVERIFY(QDir(data.path()).mkpath("answers/one"));
    const QString unfinished = data.filePath("answers/one/a.json.0123456789abcdef.part"), folder = data.filePath("answers");
    QVERIFY(QFile(unfinished).open(QIODevice::WriteOnly));
    std::atomic<bool> written = false, deleted = false;
    std::unique_ptr<QThread> other;
    {
      const FolderLock lock(folder);
      QVERIFY(lock.held());
      other.reset(QThread::create([&] {
        QVERIFY(deleteKeptAnswers(data.path()).ok());
        deleted = true;
        QVERIFY(written);
      }));
      other->start();
      for (int i = 0; i < 10 && !deleted; ++i) QThread::msleep(1);  // time to do it wrong
      QVERIFY(QFile::rename(unfinished, data.filePath("answers/one/a.json")));
      written = true;
    }
    QVERIFY(other->wait());
    QVERIFY(!QFile::exists(data.filePath("answers/one")));
    QVERIFY(!FolderLock(data.filePath("nowhere")).held());
  }
};

QTEST_APPLESS_MAIN(TestKeptAnswers)
#include "test_kept_answers.moc"
