// SPDX-License-Identifier: Apache-2.0
#include "engine/train/text_pieces.h"

#include <QtTest>

#include <random>

#include "tests/engine/text/tiny_tokenizer.h"

using namespace roundhouse;

namespace {

std::string bytes_of(const TrainingSample& sample, const Tokenizer& tokenizer) {
  std::string all;
  for (const TokenId id : sample.tokens) {
    if (!tokenizer.is_special(id)) all += tokenizer.token_bytes(id);
  }
  return all;
}

TokenizerSpec with_marks() {
  TokenizerSpec spec = tinySpec();
  spec.add_bos = spec.add_eos = true;
  return spec;
}

std::vector<TextPiece> cut(const std::string& text, std::int64_t most, const Tokenizer& tokenizer, bool ends = true) {
  auto pieces = text_pieces(text, most, ends, tokenizer);
  if (!pieces.ok()) qFatal("%s", pieces.error().message().c_str());
  return *pieces;
}

}  // namespace

class TestTextPieces : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // Whatever the text: together the pieces are it, none is longer than allowed, each begins and the last ends as asked.
  void anyTextIsCutWithoutLoss() {
    std::mt19937 random(11);
    const char* const parts[] = {"hello", " world", "\n", "\n\n", " ", "aaaa", "\xE4\xB8\x93\xE5\xAE\xB6", ".", "    ", "\r\n\r\n"};
    for (int round = 0; round < 300; ++round) {
      const auto tokenizer = tinyTokenizer(round % 2 ? with_marks() : tinySpec());
      std::string text;
      for (unsigned n = 1 + random() % 200; n > 0; --n) text += parts[random() % 10];
      const std::int64_t most = 4 + random() % 40;
      const bool ends = random() % 2;
      const auto pieces = cut(text, most, *tokenizer, ends);
      std::string all;
      std::size_t at = 0;
      for (const TextPiece& piece : pieces) {
        QVERIFY(std::int64_t(piece.sample.tokens.size()) <= most && piece.sample.tokens.size() >= 2);
        QVERIFY(piece.sample.learned.empty());
        QCOMPARE(piece.begin, at);
        QCOMPARE(bytes_of(piece.sample, *tokenizer), text.substr(piece.begin, piece.end - piece.begin));
        QCOMPARE(piece.sample.tokens.front() == *tokenizer->bos(), round % 2 == 1);
        QCOMPARE(piece.sample.tokens.back() == *tokenizer->eos(), round % 2 == 1 && ends && piece.end == text.size());
        at = piece.end;
      }
      QVERIFY2(text.size() - at <= (round % 2 ? 0u : 5u), "at most one token is left out");
    }
  }
  // A text that fits is one piece, the same as the tokenizer makes of it.
  void aShortTextIsWhole() {
    const auto tokenizer = tinyTokenizer(with_marks());
    EncodeOptions options;
    options.add_special = true;
    const auto pieces = cut("hello world\n\nhello", 100, *tokenizer);
    QCOMPARE(pieces.size(), std::size_t{1});
    QCOMPARE(pieces[0].sample.tokens, tokenizer->encode("hello world\n\nhello", options).value());
    QVERIFY(cut("", 100, *tinyTokenizer()).empty());
    QVERIFY(cut("a", 100, *tinyTokenizer()).empty());
  }
  void cutsAreAtParagraphsThenLinesThenWords() {
    const auto tokenizer = tinyTokenizer();
    const std::string word = "xyz ", line(20, 'b'), paragraph(14, 'c');
    const auto end_of_first = [&](const std::string& text) { return text.substr(0, cut(text, 32, *tokenizer)[0].end); };
    QVERIFY(end_of_first(paragraph + "\n\n" + line + "\n" + line + "\n").ends_with("\n\n"));
    QCOMPARE(end_of_first("abc\n\n" + line + "\n" + line), "abc\n\n" + line + "\n");
    QCOMPARE(end_of_first("xyz xyz xyz xyz xyz xyz xyz xyz xyz xyz").size() % 4, std::size_t{3});
    std::string chinese;
    for (int i = 0; i < 30; ++i) chinese += "\xE4\xB8\x93";
    QCOMPARE(end_of_first(chinese).size(), std::size_t{30});
  }
  void aTokenizerThatChangesTheTextStillCuts() {
    TokenizerSpec spec = tinySpec();
    spec.normalize_nfc = true;
    const auto tokenizer = tinyTokenizer(spec);
    std::string text;
    for (int i = 0; i < 40; ++i) text += "e\xCC\x81 hello\n\n";  // e and an accent become one character
    const auto pieces = cut(text, 32, *tokenizer);
    std::string all;
    for (const TextPiece& piece : pieces) {
      QVERIFY(piece.sample.tokens.size() <= 32);
      all += bytes_of(piece.sample, *tokenizer);
    }
    QCOMPARE(QString::fromStdString(all), QString::fromStdString(text).normalized(QString::NormalizationForm_C));
    const auto flat = cut(QByteArray("e\xCC\x81").repeated(500).toStdString(), 32, *tokenizer);
    QVERIFY(flat.size() > 20);
  }
  void tooFewTokensAreRefused() { QVERIFY(!text_pieces("hello", 3, true, *tinyTokenizer()).ok()); }
};

QTEST_GUILESS_MAIN(TestTextPieces)
#include "test_text_pieces.moc"
