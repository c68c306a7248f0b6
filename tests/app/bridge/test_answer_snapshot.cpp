// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/answer_snapshot.h"

#include <QtTest>

#include <random>

using namespace roundhouse::app;

class TestAnswerSnapshot : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void everyByteBelongsToTheTokenThatCoversIt() {
    std::mt19937 random(4);
    for (int round = 0; round < 50; ++round) {
      AnswerSnapshot snapshot;
      std::uint32_t at = 0;
      for (int i = 0; i < 40; ++i) {
        const std::uint32_t length = random() % 4;  // some tokens complete no character: empty spans
        AnswerToken token;
        token.position = 100 + i;
        token.textBegin = at;
        token.textEnd = at += length;
        snapshot.tokens.push_back(token);
      }
      snapshot.text = std::string(at, 'x');
      for (std::uint32_t offset = 0; offset < at + 3; ++offset) {
        const int found = snapshot.tokenAt(offset);
        if (offset >= at) {
          QCOMPARE(found, -1);
          continue;
        }
        QVERIFY(found >= 0);
        QVERIFY(snapshot.tokens[found].textBegin <= offset && offset < snapshot.tokens[found].textEnd);
      }
    }
  }
  void tokensThatShareACharacterAreFoundByIt() {
    AnswerSnapshot snapshot;
    snapshot.text = "\xe8\xbd\xa6!";
    for (const AnswerToken& token : {AnswerToken{1, 10, 0, 3, 0, {}}, {2, 11, 0, 3, 0, {}}, {3, 12, 3, 4, 0, {}}}) snapshot.tokens.push_back(token);
    QCOMPARE(snapshot.tokenAt(0), 1);
    QCOMPARE(snapshot.tokenAt(2), 1);
    QCOMPARE(snapshot.tokenAt(3), 2);
  }
  void contextTextSpansPromptAndAnswer() {
    AnswerSnapshot snapshot;
    snapshot.promptTexts = std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"<s>", "hi"});
    snapshot.text = "yes sir";
    for (const AnswerToken& token : {AnswerToken{1, 2, 0, 3, 0, {}}, {2, 3, 3, 7, 0, {}}}) snapshot.tokens.push_back(token);
    QCOMPARE(snapshot.promptTokens(), 2);
    QCOMPARE(snapshot.contextText(0), std::string("<s>"));
    QCOMPARE(snapshot.contextText(1), std::string("hi"));
    QCOMPARE(snapshot.contextText(2), std::string("yes"));
    QCOMPARE(snapshot.contextText(3), std::string(" sir"));
    QCOMPARE(snapshot.contextText(4), std::string());
    QCOMPARE(snapshot.contextText(-1), std::string());
    QCOMPARE(snapshot.tokenOfPosition(3), 1);
    QCOMPARE(snapshot.tokenOfPosition(1), -1);
  }
  void speedNeedsTwoTokens() {
    AnswerSnapshot snapshot;
    snapshot.generationNs = 500'000'000;
    snapshot.tokens.push_back({});
    QCOMPARE(snapshot.tokensPerSecond(), 0.0);
    while (snapshot.tokens.size() < 11) snapshot.tokens.push_back({});
    QCOMPARE(snapshot.tokensPerSecond(), 20.0);
  }
};

QTEST_APPLESS_MAIN(TestAnswerSnapshot)
#include "test_answer_snapshot.moc"
