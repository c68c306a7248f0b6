// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/attachment.h"

#include <QCryptographicHash>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

using namespace roundhouse;
using namespace roundhouse::app;

class TestAttachment : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir folder_;
  QString write(const QString& name, const QByteArray& bytes) {
    const QString path = folder_.filePath(name);
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) qFatal("no temporary file");
    return path;
  }
  static QString textOf(const Result<Part>& part) { return QString::fromStdString(std::get<FilePart>(part->content).text); }

 private Q_SLOTS:
  void readsUtf8WithItsDigest() {
    const QByteArray bytes = QString::fromUtf8("Kessel 4: 12,5 bar\n锅炉\n").toUtf8();
    const auto part = readTextFile(write("log.csv", bytes));
    QVERIFY(part.ok());
    QCOMPARE(textOf(part).toUtf8(), bytes);
    QCOMPARE(part->origin.sha256, QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex().toStdString());
    QCOMPARE(part->origin.original_bytes, std::uint64_t(bytes.size()));
    QCOMPARE(part->origin.source, std::string("log.csv"));
    QVERIFY(part->origin.transforms.empty());
    QCOMPARE(std::get<FilePart>(part->content).media_type, std::string("text/csv"));
  }
  void byteOrderMarksAreUnderstoodAndTold() {
    const QString text = QString::fromUtf8("α 锅炉");
    QByteArray utf16("\xFF\xFE");
    for (QChar c : text) utf16.append(char(c.unicode() & 0xFF)).append(char(c.unicode() >> 8));
    const auto wide = readTextFile(write("wide.txt", utf16));
    QVERIFY(wide.ok());
    QCOMPARE(textOf(wide), text);
    QCOMPARE(wide->origin.transforms.size(), std::size_t{1});
    const auto marked = readTextFile(write("marked.txt", "\xEF\xBB\xBF" + text.toUtf8()));
    QVERIFY(marked.ok());
    QCOMPARE(textOf(marked), text);
    QCOMPARE(marked->origin.transforms.size(), std::size_t{1});
    QCOMPARE(marked->origin.original_bytes, std::uint64_t(text.toUtf8().size() + 3));
  }
  void refusesWhatIsNoText_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("latin-1") << QByteArray("caf\xE9 au lait");
    QTest::newRow("overlong") << QByteArray("a\xC0\x80");
    QTest::newRow("surrogate") << QByteArray("\xED\xA0\x80");
    QTest::newRow("cut off") << QByteArray("abc\xE9\x94");
    QTest::newRow("beyond") << QByteArray("\xF4\x90\x80\x80");
    QTest::newRow("binary") << QByteArray("GGUF\0\0\0\3", 8);
    QTest::newRow("half UTF-16") << QByteArray("\xFF\xFE\x41", 3);
  }
  void refusesWhatIsNoText() {
    QFETCH(QByteArray, bytes);
    const auto part = readTextFile(write("x.txt", bytes));
    QVERIFY(!part.ok());
    QVERIFY(part.error().code == ErrorCode::malformed);
    QVERIFY(!part.error().expected.empty() && !part.error().received.empty());
  }
  void limitsAndKindsAreChecked() {
    const auto large = readTextFile(write("large.txt", QByteArray(kMaxAttachmentBytes + 1, 'a')));
    QVERIFY(!large.ok());
    QVERIFY(large.error().code == ErrorCode::limit);
    QVERIFY(readTextFile(write("fits.txt", QByteArray(kMaxAttachmentBytes, 'a'))).ok());
    QVERIFY(!readTextFile(folder_.path()).ok());
    const auto endless = readTextFile("/dev/zero");
    QVERIFY(!endless.ok());
    const auto missing = readTextFile(folder_.filePath("none"));
    QVERIFY(!missing.ok());
    QVERIFY(missing.error().code == ErrorCode::not_found);
    QCOMPARE(textOf(readTextFile(write("empty.txt", {}))), QString());
  }
};

QTEST_GUILESS_MAIN(TestAttachment)
#include "test_attachment.moc"
