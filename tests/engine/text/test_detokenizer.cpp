// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <random>

#include "engine/text/utf8.h"
#include "tests/engine/text/tiny_tokenizer.h"

using namespace roundhouse;

namespace {
std::vector<TokenId> bytesAsTokens(std::string_view text) {
  std::vector<TokenId> ids;
  for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
  return ids;
}
}  // namespace

class TestDetokenizer : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void neverSplitsACharacter() {
    const auto tokenizer = tinyTokenizer();
    const std::string text = "aé中🚀👩‍🔬 z";
    Detokenizer detokenizer(*tokenizer);
    std::string out;
    for (const TokenId id : bytesAsTokens(text)) {
      const std::string piece = detokenizer.push(id);
      QCOMPARE(text::utf8_valid_end(piece), piece.size());
      out += piece;
      QCOMPARE(detokenizer.text_bytes(), out.size());
    }
    QVERIFY(!detokenizer.holds_bytes());
    QCOMPARE(out, text);
    QCOMPARE(detokenizer.flush(), std::string());
  }

  void replacesWhatCannotBecomeACharacter() {
    const auto tokenizer = tinyTokenizer();
    Detokenizer detokenizer(*tokenizer);
    QCOMPARE(detokenizer.push(0xE4), std::string());
    QVERIFY(detokenizer.holds_bytes());
    QCOMPARE(detokenizer.push('x'), std::string("\xEF\xBF\xBDx"));
    QCOMPARE(detokenizer.push(0xFF), std::string("\xEF\xBF\xBD"));
    QCOMPARE(detokenizer.push(0xF0), std::string());
    QCOMPARE(detokenizer.push(0x9F), std::string());
    QCOMPARE(detokenizer.flush(), std::string("\xEF\xBF\xBD"));
    QCOMPARE(detokenizer.push('y'), std::string("y"));
    QCOMPARE(detokenizer.push(12345), std::string("\xEF\xBF\xBD"));
    QCOMPARE(detokenizer.push(-1), std::string("\xEF\xBF\xBD"));
  }

  void hidesOrShowsControlTokens() {
    const auto tokenizer = tinyTokenizer();
    const TokenId s = *tokenizer->find("<s>"), think = *tokenizer->find("<think>");
    Detokenizer hiding(*tokenizer), showing(*tokenizer, {.show_special = true});
    std::string hidden, shown;
    for (const TokenId id : {s, static_cast<TokenId>('a'), think, s}) hidden += hiding.push(id), shown += showing.push(id);
    QCOMPARE(hidden, std::string("a<think>"));
    QCOMPARE(shown, std::string("<s>a<think><s>"));
    QCOMPARE(hiding.spans(), (std::vector<TextSpan>{{0, 0}, {0, 1}, {1, 8}, {8, 8}}));
    QCOMPARE(showing.spans(), (std::vector<TextSpan>{{0, 3}, {3, 4}, {4, 11}, {11, 14}}));
  }

  void tokensThatShareACharacterBothCoverIt() {
    const auto tokenizer = tinyTokenizer();
    Detokenizer detokenizer(*tokenizer);
    for (const TokenId id : bytesAsTokens("a\xE4\xB8")) detokenizer.push(id);
    QCOMPARE(detokenizer.settled_tokens(), std::size_t{1});
    QCOMPARE(detokenizer.spans(), (std::vector<TextSpan>{{0, 1}, {1, 1}, {1, 1}}));
    for (const TokenId id : bytesAsTokens("\xAD" "b")) detokenizer.push(id);
    QCOMPARE(detokenizer.settled_tokens(), std::size_t{5});
    QCOMPARE(detokenizer.spans(), (std::vector<TextSpan>{{0, 1}, {1, 4}, {1, 4}, {1, 4}, {4, 5}}));
    detokenizer.reset();
    QVERIFY(detokenizer.spans().empty());
    QCOMPARE(detokenizer.push('c'), std::string("c"));
  }

  void spansCoverTheTextAtCharacterBorders() {
    // Random ids of all sorts: the text is the same as decoded at once; spans ascend, cover it and cut no character.
    const auto tokenizer = tinyTokenizer();
    std::mt19937 random(5);
    for (int round = 0; round < 500; ++round) {
      std::vector<TokenId> ids;
      for (std::size_t i = random() % 30; i > 0; --i) {
        if (random() % 2 == 0) {
          for (const TokenId id : bytesAsTokens("中")) ids.push_back(id);
        } else {
          ids.push_back(static_cast<TokenId>(random() % tokenizer->size()));
        }
      }
      Detokenizer detokenizer(*tokenizer);
      std::string out;
      for (const TokenId id : ids) out += detokenizer.push(id);
      out += detokenizer.flush();
      QCOMPARE(out, *tokenizer->decode(ids));
      QCOMPARE(detokenizer.spans().size(), ids.size());
      std::size_t covered = 0, begin = 0;
      for (const TextSpan& span : detokenizer.spans()) {
        QVERIFY(span.begin <= span.end && span.end <= out.size());
        QVERIFY(span.begin >= begin && span.begin <= covered);
        for (const std::size_t at : {span.begin, span.end}) QVERIFY(at == out.size() || (out[at] & 0xC0) != 0x80);
        begin = span.begin;
        covered = std::max(covered, span.end);
      }
      QCOMPARE(covered, out.size());
    }
  }
};

QTEST_APPLESS_MAIN(TestDetokenizer)
#include "test_detokenizer.moc"
