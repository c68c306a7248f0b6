// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/text.h"

#include <QString>
#include <QTest>

#include <random>

using namespace roundhouse::plugins;

class TestText : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // Qt's decoder is the other opinion on what is UTF-8.
  void agreesWithQtOnRandomBytes() {
    std::mt19937 random(1);
    const std::string alphabet("a\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe4\xed\xef\xf0\xf1\xf4\xf5\xff", 21);
    int valid = 0;
    for (int i = 0; i < 200000; ++i) {
      std::string text(random() % 6, ' ');
      for (char& c : text) c = alphabet[random() % alphabet.size()];
      const QString decoded = QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
      const bool expected = !decoded.contains(QChar(0xFFFD));
      valid += expected;
      QCOMPARE(invalid_utf8(text) == std::string_view::npos, expected);
    }
    QVERIFY(valid > 1000);
  }
  void namesTheFirstBadByte() {
    QCOMPARE(invalid_utf8("ab\xff"), std::size_t{2});
    QCOMPARE(invalid_utf8("圆\xe5\x9c"), std::size_t{3});
  }
  void onALineNothingMovesTheCursor() {
    QCOMPARE(one_line("a\nb\x1b[2J\\ \x7f\xff\xc2\x9b 圆"), std::string("a\\x0ab\\x1b[2J\\x5c \\x7f\\xff\\xc2\\x9b 圆"));
    const std::string escaped = one_line("a\nb\\");
    QCOMPARE(one_line(escaped, 200, Backslash::keep), escaped);
    QCOMPARE(one_line("\\\n", 200, Backslash::keep), std::string("\\\\x0a"));
    QCOMPARE(one_line("abcdef", 3), std::string("abc…"));
    QCOMPARE(one_line("abc", 3), std::string("abc"));
    QCOMPARE(one_line("ab圆x", 3), std::string("ab圆…"));  // a character is whole or not there
  }
};

QTEST_APPLESS_MAIN(TestText)
#include "test_text.moc"
