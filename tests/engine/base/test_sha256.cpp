// SPDX-License-Identifier: Apache-2.0
#include <QCryptographicHash>
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
};

QTEST_APPLESS_MAIN(TestSha256)
#include "test_sha256.moc"
