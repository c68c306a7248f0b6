// SPDX-License-Identifier: Apache-2.0
#include <QStringDecoder>
#include <QtTest>

#include <random>

#include "engine/base/printable.h"

using namespace roundhouse;

class TestPrintable : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void keepsTextAndEscapesTheRest() {
    QCOMPARE(printable("blk.0.ffn_gate é 专家 🙂"), std::string("blk.0.ffn_gate é 专家 🙂"));
    QCOMPARE(printable(std::string_view("a\n\0\x7F\\b", 6)), std::string("a\\x0A\\x00\\x7F\\x5Cb"));
    QCOMPARE(printable("\xC2\x9B"), std::string("\\xC2\\x9B"));              // C1 control
    QCOMPARE(printable("\xED\xA0\x80"), std::string("\\xED\\xA0\\x80"));  // a surrogate
    QCOMPARE(printable("\xC0\xAF"), std::string("\\xC0\\xAF"));              // overlong
    QCOMPARE(printable("\xF0\x9F\x99"), std::string("\\xF0\\x9F\\x99"));  // cut short
    QCOMPARE(printable(""), std::string());
  }
  void knowsUtf8() {
    for (const char* const good : {"", "a", "é", "专家", "🙂", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"}) QVERIFY(is_utf8(good));
    for (const char* const bad : {"\x80", "\xC1\x81", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "a\xE4\xB8"}) {
      QVERIFY(!is_utf8(bad));
    }
    std::mt19937 random(12);
    for (int round = 0; round < 20000; ++round) {  // against Qt, on short strings that are often nearly right
      std::string bytes(1 + random() % 4, '\0');
      for (char& byte : bytes) byte = static_cast<char>(random() % 3 ? 0x80 + random() % 0x80 : random());
      QStringDecoder decoder(QStringDecoder::Utf8, QStringConverter::Flag::Stateless);
      const QString text = decoder(QByteArray::fromStdString(bytes));
      QCOMPARE(is_utf8(bytes), !decoder.hasError());
    }
  }
  void cutsAtWholeCharacters() {
    QCOMPARE(printable("abcdef", 3), std::string("abc…"));
    QCOMPARE(printable("abc", 3), std::string("abc"));
    QCOMPARE(printable("ab专", 4), std::string("ab…"));
  }
  void anythingBecomesValidUtf8() {
    std::mt19937 random(11);
    for (int round = 0; round < 5000; ++round) {
      std::string bytes(random() % 40, '\0');
      for (char& byte : bytes) byte = static_cast<char>(random());
      const std::string shown = printable(bytes);
      QStringDecoder decoder(QStringDecoder::Utf8, QStringConverter::Flag::Stateless);
      const QString text = decoder(QByteArray::fromStdString(shown));
      QVERIFY(!decoder.hasError());
      QVERIFY(is_utf8(shown));
      for (const QChar c : text) QVERIFY(c.isSurrogate() || c.category() != QChar::Other_Control);
    }
  }
};

QTEST_APPLESS_MAIN(TestPrintable)
#include "test_printable.moc"
