// SPDX-License-Identifier: Apache-2.0
#include "engine/train/paragraphs.h"

#include <QtTest>

#include <random>

using namespace roundhouse;

class TestParagraphs : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void blankLinesSeparate() {
    Paragraphs paragraphs("\n  \r\none\ntwo\r\n \t\n\n  three");
    auto found = paragraphs.next();
    QCOMPARE(found->text, std::string_view("one\ntwo"));
    QCOMPARE(found->line, std::int64_t{3});
    QCOMPARE(found->begin, std::size_t{5});
    found = paragraphs.next();
    QCOMPARE(found->text, std::string_view("  three"));
    QCOMPARE(found->line, std::int64_t{7});
    QVERIFY(!paragraphs.next());
  }
  // What stands between them is white; none holds a blank line; places and lines are right.
  void anyTextIsCoveredOnce() {
    std::mt19937 random(5);
    for (int round = 0; round < 500; ++round) {
      std::string text;
      for (unsigned n = random() % 30; n > 0; --n) text += "ab \n\n\r"[random() % 6];
      Paragraphs paragraphs(text);
      std::size_t at = 0;
      while (const auto found = paragraphs.next()) {
        QCOMPARE(std::string(found->text), text.substr(found->begin, found->text.size()));
        QVERIFY(found->begin >= at && !found->text.empty());
        QVERIFY(text.substr(at, found->begin - at).find_first_of("ab") == std::string::npos);
        QCOMPARE(found->line, std::int64_t{1} + std::count(text.begin(), text.begin() + std::ptrdiff_t(found->begin), '\n'));
        QVERIFY(found->text.find("\n\n") == std::string_view::npos);
        at = found->begin + found->text.size();
      }
      QVERIFY(text.substr(at).find_first_of("ab") == std::string::npos);
    }
  }
};

QTEST_GUILESS_MAIN(TestParagraphs)
#include "test_paragraphs.moc"
