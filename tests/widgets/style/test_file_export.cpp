// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "widgets/style/file_export.h"

using namespace roundhouse::widgets;

class TestFileExport : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void writesAllOrNothing() {
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("a.csv"));
    QString error;
    QVERIFY(writeWholeFile(path, "one", &error));
    QVERIFY(writeWholeFile(path, "two", &error));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("two"));
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files).size(), 1);
  }
  void aFailureNamesTheFile() {
    QString error;
    QVERIFY(!writeWholeFile(QStringLiteral("/nonexistent/folder/a.csv"), "x", &error));
    QVERIFY(error.contains(QStringLiteral("/nonexistent/folder/a.csv")));
    QVERIFY(error.size() > 40);
  }
  void fieldsAreQuotedWhenNeeded() {
    QCOMPARE(csvField(QStringLiteral("plain")), QByteArray("plain"));
    QCOMPARE(csvField(QStringLiteral("a,b")), QByteArray("\"a,b\""));
    QCOMPARE(csvField(QStringLiteral("say \"x\"")), QByteArray("\"say \"\"x\"\"\""));
    QCOMPARE(csvField(QStringLiteral("two\nlines")), QByteArray("\"two\nlines\""));
    QCOMPARE(csvField(QStringLiteral("专家")), QByteArray("专家"));
  }
  void formulasAreDefused() {
    QCOMPARE(csvField(QStringLiteral("=1+1")), QByteArray("'=1+1"));
    QCOMPARE(csvField(QStringLiteral("@x")), QByteArray("'@x"));
    QCOMPARE(csvField(QStringLiteral("-3.5")), QByteArray("-3.5"));
  }
};

QTEST_GUILESS_MAIN(TestFileExport)
#include "test_file_export.moc"
