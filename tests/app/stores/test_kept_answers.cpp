// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/kept_answers.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

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
    write("answers/two/mine.txt", 5);
    write("conversations.db", 7);
    QVERIFY(QDir().mkpath(data.filePath("elsewhere")));
    write("elsewhere/c.json", 3);
    QVERIFY(QFile::link(data.filePath("elsewhere"), data.filePath("answers/link")));
    const KeptAnswers kept = keptAnswers(data.path());
    QCOMPARE(kept.answers, 2);
    QCOMPARE(kept.bytes, qint64(1110));
    QVERIFY(deleteKeptAnswers(data.path()).ok());
    QCOMPARE(keptAnswers(data.path()).answers, 0);
    QVERIFY(!QFile::exists(data.filePath("answers/one")));
    for (const char* name : {"answers/two/mine.txt", "conversations.db", "elsewhere/c.json"}) QVERIFY2(QFile::exists(data.filePath(name)), name);
  }
};

QTEST_APPLESS_MAIN(TestKeptAnswers)
#include "test_kept_answers.moc"
