// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <random>

#include "engine/facade/answer_assembler.h"
#include "tests/engine/text/tiny_tokenizer.h"

using namespace roundhouse;

namespace {

struct UpperCase : OutputFilter {
  std::string held;
  Result<std::string> feed(const std::string& text) override {  // holds the last byte back, as a guard would
    std::string out = held + text;
    held.clear();
    if (!out.empty()) {
      held = out.back();
      out.pop_back();
    }
    return upper(out);
  }
  Result<std::string> finish() override { return upper(std::exchange(held, {})); }
  static std::string upper(std::string text) {
    for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return text;
  }
};

struct Refuses : OutputFilter {
  Result<std::string> feed(const std::string& text) override {
    if (text.find('x') != std::string::npos) return Error{ErrorCode::limit, "filter", "answer", "no x", "an x"};
    return text;
  }
  Result<std::string> finish() override { return std::string(); }
};

template <class Filter>
std::vector<std::unique_ptr<OutputFilter>> one() {
  std::vector<std::unique_ptr<OutputFilter>> out;
  out.push_back(std::make_unique<Filter>());
  return out;
}

}  // namespace

class TestAnswerAssembler : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { tokenizer_ = tinyTokenizer(); }

  // Whatever the tokens and stops: the pieces are the text, which is all of it before the first stop string.
  void randomTextsEndBeforeTheFirstStop() {
    std::mt19937 random(11);
    int stopped = 0;
    for (int round = 0; round < 400; ++round) {
      std::string whole;
      const int length = static_cast<int>(random() % 40);
      for (int i = 0; i < length; ++i) whole += std::array{"a", "b", "ab", "世", "é", " ", "hello", "😀"}[random() % 8];
      std::vector<std::string> stops;
      for (unsigned i = 0; i < random() % 3; ++i) stops.push_back(std::array{"ab", "bab", "世a", "é ", "aa", "", "😀"}[random() % 7]);
      AnswerAssembler assembler(*tokenizer_, stops, {});
      std::string pieces;
      bool stop = false;
      const auto take = [&](const AnswerAssembler::Piece& piece) {
        pieces += piece.text;
        stop = stop || piece.stop;
        const auto spans = assembler.spans();
        QVERIFY((spans.empty() ? std::pair<std::uint32_t, std::uint32_t>() : spans.back()) == assembler.last_span());
        for (const std::string& s : stops) QVERIFY(s.empty() || pieces.find(s) == std::string::npos);
      };
      for (const TokenId id : encoded(whole)) {
        if (stop) break;
        take(assembler.push(id).value());
      }
      take(assembler.finish().value());
      std::size_t first = std::string::npos;
      for (const std::string& s : stops) {
        if (!s.empty()) first = std::min(first, whole.find(s));
      }
      QCOMPARE(stop, first != std::string::npos);
      // Several stops: the one completed first ends it.
      if (stops.size() < 2) QCOMPARE(pieces, whole.substr(0, first));
      QVERIFY(whole.compare(0, pieces.size(), pieces) == 0);
      QCOMPARE(assembler.text(), pieces);
      for (const auto& [begin, end] : assembler.spans()) QVERIFY(begin <= end && end <= pieces.size());
      stopped += stop;
    }
    QVERIFY(stopped > 50);
  }
  void neverSplitsACharacter() {
    AnswerAssembler assembler(*tokenizer_, {}, {});
    for (const TokenId id : encoded("a世😀z")) {
      const std::string piece = assembler.push(id).value().text;
      QCOMPARE(QString::fromUtf8(QByteArray::fromStdString(piece)).toUtf8().toStdString(), piece);
    }
    QCOMPARE(assembler.text(), std::string("a世😀z"));
  }
  void aFilterDecidesWhatIsReleased() {
    AnswerAssembler assembler(*tokenizer_, {}, one<UpperCase>());
    std::string pieces;
    for (const TokenId id : encoded("say hello")) pieces += assembler.push(id).value().text;
    QCOMPARE(pieces, std::string("SAY HELL"));
    pieces += assembler.finish().value().text;
    QCOMPARE(pieces, std::string("SAY HELLO"));
    for (const auto& [begin, end] : assembler.spans()) QVERIFY(begin == 0 && end == 0);  // no longer the tokens' own text
  }
  void aFilterRefuses() {
    AnswerAssembler assembler(*tokenizer_, {}, one<Refuses>());
    QVERIFY(assembler.push(tokenizer_->find("a").value()).ok());
    const auto refused = assembler.push(tokenizer_->find("x").value());
    QVERIFY(!refused.ok());
    QCOMPARE(assembler.text(), std::string("a"));
  }

 private:
  std::vector<TokenId> encoded(const std::string& text) const { return tokenizer_->encode(text).value(); }
  std::shared_ptr<const Tokenizer> tokenizer_;
};

QTEST_APPLESS_MAIN(TestAnswerAssembler)
#include "test_answer_assembler.moc"
