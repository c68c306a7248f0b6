// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "engine/text/normalize.h"

using namespace roundhouse::text;

class TestNormalize : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // Qt carries its own Unicode tables.
  void agreesWithQt() {
    QString sample;
    for (char32_t c = 1; c < 0x3000; ++c) {
      sample += QString::fromUcs4(&c, 1) + "a\u0301 \u0344\u1100\u1161";
    }
    const std::string text = sample.toStdString();
    QCOMPARE(QString::fromStdString(normalize_nfc(text)), sample.normalized(QString::NormalizationForm_C));
    QString letters;
    for (char32_t c = 1; c < 0x500; ++c) letters += QString::fromUcs4(&c, 1) + " ";
    QCOMPARE(QString::fromStdString(to_upper(letters.toStdString())), letters.toUpper());
    QCOMPARE(QString::fromStdString(to_lower(letters.toStdString())), letters.toLower());
  }

  void keepsBrokenBytes() {
    QCOMPARE(normalize_nfc("e\xCC\x81\xFF" "e\xCC\x81\xE2\x82"), std::string("\xC3\xA9\xFF\xC3\xA9\xE2\x82"));
    QCOMPARE(normalize_nfc(""), std::string());
  }

  void growsWhereACharacterDoes() { QCOMPARE(to_upper("straße ﬁ"), std::string("STRASSE FI")); }
};

QTEST_APPLESS_MAIN(TestNormalize)
#include "test_normalize.moc"
