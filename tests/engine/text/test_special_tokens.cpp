// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <random>

#include "engine/text/special_tokens.h"

using namespace roundhouse::text;

namespace {
constexpr auto anywhere = [](std::size_t, std::size_t) { return true; };
}

class TestSpecialTokens : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void findsTheLeftmostLongestAsASearchByHandDoes() {
    std::mt19937 random(11);
    for (int round = 0; round < 300; ++round) {
      SpecialTokens tokens;
      std::vector<std::string> list;
      for (int i = 0; i < 6; ++i) {
        std::string token;
        for (std::size_t n = random() % 5 + 1; n > 0; --n) token += "abc"[random() % 3];
        tokens.add(token, static_cast<int>(list.size()), false);
        list.push_back(token);
      }
      std::string text;
      for (std::size_t n = random() % 40; n > 0; --n) text += "abcd"[random() % 4];
      std::size_t begin = text.size(), length = 0;
      for (std::size_t at = 0; at < text.size() && length == 0; ++at) {
        for (const std::string& token : list) {
          if (text.compare(at, token.size(), token) == 0 && token.size() > length) begin = at, length = token.size();
        }
      }
      const auto match = tokens.find(text, 0, true, anywhere);
      QCOMPARE(match.found(), length > 0);
      if (!match.found()) continue;
      QCOMPARE(match.begin, begin);
      QCOMPARE(match.end, begin + length);
      QCOMPARE(list[static_cast<std::size_t>(match.id)], text.substr(begin, length));
    }
  }

  void controlTokensNeedPermission() {
    SpecialTokens tokens;
    tokens.add("<s>", 1, true);
    tokens.add("<s>x", 2, true);
    tokens.add("<s", 3, false);
    QCOMPARE(tokens.find("a<s>x", 0, true, anywhere).id, 2);
    QCOMPARE(tokens.find("a<s>x", 0, false, anywhere).id, 3);
    QCOMPARE(tokens.find("a<s>x", 0, true, [](std::size_t, std::size_t end) { return end < 5; }).id, 1);
    QVERIFY(!tokens.find("a<s>x", 2, true, anywhere).found());
  }

  void overlongTokensAreLeftAlone() {
    SpecialTokens tokens;
    tokens.add(std::string(SpecialTokens::max_bytes + 1, 'x'), 1, false);
    tokens.add("", 2, false);
    QVERIFY(tokens.empty());
  }
};

QTEST_APPLESS_MAIN(TestSpecialTokens)
#include "test_special_tokens.moc"
