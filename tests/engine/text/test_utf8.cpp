// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <random>

#include "engine/text/utf8.h"

using namespace roundhouse::text;

class TestUtf8 : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void everyCodePointComesBack() {
    for (char32_t c = 0; c <= 0x10FFFF; ++c) {
      if (c >= 0xD800 && c <= 0xDFFF) continue;
      std::string text;
      append_utf8(text, c);
      const Utf8Step step = utf8_step(text, 0);
      if (step.state != Utf8State::ok || step.code_point != c || step.length != text.size()) QFAIL(qPrintable(QString::number(c, 16)));
      for (std::size_t cut = 1; cut < text.size(); ++cut) {
        const Utf8Step part = utf8_step(std::string_view(text).substr(0, cut), 0);
        if (part.state != Utf8State::incomplete || part.length != cut) QFAIL(qPrintable(QString::number(c, 16)));
      }
    }
  }

  void brokenTextStepsByMaximalSubparts() {
    std::mt19937 random(1);
    static constexpr unsigned char stock[] = {'a', 0x80, 0xBF, 0x9F, 0xA0, 0x8F, 0x90, 0xC2, 0xC0, 0xE0, 0xE2, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
    for (int round = 0; round < 20000; ++round) {
      std::string text;
      for (std::size_t i = random() % 12; i > 0; --i) text.push_back(static_cast<char>(stock[random() % sizeof stock]));
      std::string mine;
      for (std::size_t at = 0; at < text.size();) {
        const Utf8Step step = utf8_step(text, at);
        if (step.state == Utf8State::ok) mine += text.substr(at, step.length);
        else mine += replacement_character;
        at += step.length;
      }
      const std::size_t valid = utf8_valid_end(text);
      QCOMPARE(mine.substr(0, valid), text.substr(0, valid));
      QVERIFY(valid == text.size() || utf8_step(text, valid).state != Utf8State::ok);
      QCOMPARE(utf8_valid_end(mine), mine.size());
    }
    const auto count = [](std::string_view text) {
      std::size_t steps = 0;
      for (std::size_t at = 0; at < text.size(); ++steps) at += utf8_step(text, at).length;
      return steps;
    };
    // Unicode 15, table 3-8 and 3-11: how many replacements.
    QCOMPARE(count("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"), std::size_t{9});
    QCOMPARE(count("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"), std::size_t{9});
    QCOMPARE(count("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), std::size_t{5});
  }
};

QTEST_APPLESS_MAIN(TestUtf8)
#include "test_utf8.moc"
