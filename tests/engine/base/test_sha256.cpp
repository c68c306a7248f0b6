// SPDX-License-Identifier: Apache-2.0
#include <QCryptographicHash>
#include <QTemporaryDir>
#include <QtTest>

#include <random>

#include "engine/base/sha256.h"

using namespace roundhouse;

namespace {
QByteArray random_bytes(int count, unsigned seed) {
  std::mt19937 random(seed);
  QByteArray bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}
std::string qt_digest(const QByteArray& bytes) {
  return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex().toStdString();
}
}  // namespace

class TestSha256 : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void agreesWithTheStandardsExample() {
    QCOMPARE(to_hex(*sha256("abc")), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    QCOMPARE(to_hex(*sha256("")), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
  }
  void piecesGiveTheDigestOfTheWhole() {
    const QByteArray bytes = random_bytes(5000, 1);
    std::mt19937 random(2);
    Sha256 hash;
    for (int round = 0; round < 3; ++round) {  // finish() starts anew
      for (qsizetype at = 0; at < bytes.size();) {
        const qsizetype count = std::min<qsizetype>(bytes.size() - at, random() % 200);
        hash.update(std::string_view(bytes.data() + at, static_cast<std::size_t>(count)));
        at += count;
      }
      QCOMPARE(to_hex(*hash.finish()), qt_digest(bytes));
    }
  }
  void hexadecimalRoundTrips() {
    const Sha256Digest digest = *sha256("x");
    QVERIFY(sha256_from_hex(to_hex(digest)) == digest);
    QVERIFY(sha256_from_hex(QString::fromStdString(to_hex(digest)).toUpper().toStdString()) == digest);
    QVERIFY(!sha256_from_hex(to_hex(digest).substr(1)));
    QVERIFY(!sha256_from_hex(std::string(63, '0') + "g"));
    QVERIFY(!sha256_from_hex(""));
  }
  void digestsAFileWithProgress() {
    const QTemporaryDir folder;
    const QByteArray bytes = random_bytes((5 << 20) / 2, 3);
    QFile file(folder.filePath("data"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
    file.close();
    std::vector<std::int64_t> seen;
    const auto digest = sha256_file(file.fileName().toStdString(), {}, [&](std::int64_t done, std::int64_t total) {
      QCOMPARE(total, bytes.size());
      seen.push_back(done);
    });
    QVERIFY(digest.ok());
    QCOMPARE(to_hex(digest->sha256), qt_digest(bytes));
    QCOMPARE(digest->size_bytes, bytes.size());
    QCOMPARE(seen.size(), std::size_t{3});
    QVERIFY(std::is_sorted(seen.begin(), seen.end()));
    QCOMPARE(seen.back(), bytes.size());
  }
  void cancelStopsAFile() {
    const QTemporaryDir folder;
    QFile file(folder.filePath("data"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(random_bytes(4 << 20, 5));
    file.close();
    const CancelToken cancel;
    int calls = 0;
    const auto digest = sha256_file(file.fileName().toStdString(), cancel, [&](std::int64_t, std::int64_t) {
      ++calls;
      cancel.cancel();
    });
    QVERIFY(!digest.ok());
    QVERIFY(digest.error().code == ErrorCode::cancelled);
    QCOMPARE(calls, 1);
  }
  void saysWhyAFileCannotBeRead() {
    const QTemporaryDir folder;
    const auto missing = sha256_file(folder.filePath("none").toStdString());
    QVERIFY(!missing.ok() && missing.error().code == ErrorCode::not_found);
    QVERIFY(missing.error().message().find("none") != std::string::npos);
    const auto directory = sha256_file(folder.path().toStdString());
    QVERIFY(!directory.ok() && directory.error().received == "a directory");
    const auto device = sha256_file("/dev/zero");  // would never end
    QVERIFY(!device.ok() && device.error().received == "a special file");
  }
};

QTEST_APPLESS_MAIN(TestSha256)
#include "test_sha256.moc"
