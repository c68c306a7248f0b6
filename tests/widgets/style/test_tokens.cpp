// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "widgets/style/theme.h"
#include "widgets/style/tokens.h"

using namespace roundhouse::widgets;

namespace {
QString nameOf(ColorToken token) { return QString::fromLatin1(QMetaEnum::fromType<ColorToken>().valueToKey(int(token))); }
}  // namespace

class TestTokens : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void contrastFollowsThePublishedFormula() {
    // WCAG 2.1: black on white is 21:1; #767676 is the lightest grey that reaches 4.5:1 on white.
    QCOMPARE(qRound(contrastRatio(Qt::black, Qt::white) * 100), 2100);
    QVERIFY(contrastRatio(QColor(0x76, 0x76, 0x76), Qt::white) >= 4.5);
    QVERIFY(contrastRatio(QColor(0x77, 0x77, 0x77), Qt::white) < 4.5);
    QCOMPARE(contrastRatio(Qt::red, Qt::blue), contrastRatio(Qt::blue, Qt::red));
  }

  void everyTextReads_data() {
    QTest::addColumn<int>("scheme");
    QTest::addColumn<int>("text");
    QTest::addColumn<int>("ground");
    for (Scheme scheme : {Scheme::Light, Scheme::Dark})
      for (const TokenPair& pair : textPairs())
        QTest::addRow("%s: %s on %s", scheme == Scheme::Light ? "light" : "dark", qPrintable(nameOf(pair.text)),
                      qPrintable(nameOf(pair.ground)))
            << int(scheme) << int(pair.text) << int(pair.ground);
  }
  void everyTextReads() {
    QFETCH(int, scheme);
    QFETCH(int, text);
    QFETCH(int, ground);
    const Tokens& tokens = Tokens::of(Scheme(scheme));
    const double ratio = contrastRatio(tokens[ColorToken(text)], tokens[ColorToken(ground)]);
    QVERIFY2(ratio >= 4.5, qPrintable(QString::number(ratio)));
  }

  void everyTextTokenIsHeldToAGround() {
    QSet<ColorToken> held;
    for (const TokenPair& pair : textPairs()) held.insert(pair.text);
    for (ColorToken token :
         {ColorToken::Text, ColorToken::TextMuted, ColorToken::TextDisabled, ColorToken::TextOnAccent,
          ColorToken::TextOnSubtle, ColorToken::Link, ColorToken::Danger, ColorToken::Warning, ColorToken::Success,
          ColorToken::SelectionText, ColorToken::MarkText, ColorToken::CodeKeyword, ColorToken::CodeType,
          ColorToken::CodeString, ColorToken::CodeNumber, ColorToken::CodeComment, ColorToken::CodeFunction,
          ColorToken::CodePreprocessor})
      QVERIFY2(held.contains(token), qPrintable(nameOf(token)));
  }

  void outlinesShow() {
    for (Scheme scheme : {Scheme::Light, Scheme::Dark})
      for (const TokenPair& pair : outlinePairs()) {
        const double ratio = contrastRatio(Tokens::of(scheme)[pair.text], Tokens::of(scheme)[pair.ground]);
        QVERIFY2(ratio >= 3.0, qPrintable(QStringLiteral("%1 on %2: %3").arg(nameOf(pair.text), nameOf(pair.ground)).arg(ratio)));
      }
  }

  void categoriesShowAndDiffer() {
    for (Scheme scheme : {Scheme::Light, Scheme::Dark}) {
      const Tokens& tokens = Tokens::of(scheme);
      QSet<QRgb> seen;
      for (int i = 0; i < Tokens::kCategories; ++i) {
        QVERIFY2(contrastRatio(tokens.category(i), tokens[ColorToken::Surface]) >= 3.0,
                 qPrintable(QStringLiteral("category %1: %2").arg(i).arg(
                     contrastRatio(tokens.category(i), tokens[ColorToken::Surface]))));
        seen.insert(tokens.category(i).rgb());
      }
      QCOMPARE(seen.size(), qsizetype(Tokens::kCategories));
      QCOMPARE(tokens.category(Tokens::kCategories + 2), tokens.category(2));
      QCOMPARE(tokens.category(-1), tokens.category(Tokens::kCategories - 1));
    }
  }

  void aPaletteFindsItsTable() {
    for (Scheme scheme : {Scheme::Light, Scheme::Dark}) {
      const Tokens& tokens = Tokens::of(scheme);
      QCOMPARE(&Tokens::of(paletteFor(tokens)), &tokens);
    }
    QCOMPARE(schemeOf(QPalette(QColor(0xEF, 0xEF, 0xEF))), Scheme::Light);
    QCOMPARE(schemeOf(QPalette(QColor(0x2D, 0x2D, 0x2D))), Scheme::Dark);
  }

  void inkReadsOnEveryGround() {
    for (int i = 0; i < 512; ++i) {
      const QColor ground = QColor::fromRgb(QRandomGenerator::global()->generate());
      QVERIFY(contrastRatio(inkOn(ground), ground) >= 4.5);
    }
  }
};

QTEST_MAIN(TestTokens)
#include "test_tokens.moc"
