// SPDX-License-Identifier: Apache-2.0
#include "engine/train/chat_sample.h"

#include <QtTest>

#include "tests/engine/text/tiny_tokenizer.h"

using namespace roundhouse;

namespace {

const char* const chatml = "{% for m in messages %}<s>{{ m['role'] }}\n{{ m['content'] }}</s>\n{% endfor %}{% if add_generation_prompt %}<s>assistant\n{% endif %}";
// Leaves all but the last answer out.
const char* const forgetful = "{% for m in messages %}<s>{{ m['role'] }}\n{% if m['role'] != 'assistant' or loop.last %}{{ m['content'] }}{% endif %}</s>{% endfor %}"
                              "{% if add_generation_prompt %}<s>assistant\n{% endif %}";

std::shared_ptr<const ChatTemplate> made(const char* source) { return ChatTemplate::create(source, "", "").value(); }

// The text of the learned tokens, runs apart.
std::string learned(const TrainingSample& sample, const Tokenizer& tokenizer) {
  std::string text;
  for (std::size_t i = 0; i < sample.tokens.size(); ++i) {
    if (!sample.learned[i]) {
      if (!text.empty() && text.back() != '|') text += '|';
      continue;
    }
    const TokenId id = sample.tokens[i];
    text += tokenizer.is_special(id) ? tokenizer.token_text(id) : tokenizer.token_bytes(id);
  }
  return text;
}

Message said(Role role, const char* text) { return Message::text(role, text); }

}  // namespace

class TestChatSample : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void answersAreLearnedWithTheirEnds() {
    const auto tokenizer = tinyTokenizer();
    const std::vector<Message> talk{said(Role::system, "Be brief."), said(Role::user, "Hello there"), said(Role::assistant, "Hi you"),
                                    said(Role::user, "And now?"), said(Role::assistant, "Good\nbye")};
    const auto sample = chat_sample(talk, *made(chatml), *tokenizer);
    QVERIFY2(sample.ok(), sample.ok() ? "" : sample.error().message().c_str());
    QCOMPARE(learned(*sample, *tokenizer), std::string("Hi you</s>\n|Good\nbye</s>\n"));
    QCOMPARE(sample->learned.size(), sample->tokens.size());
    // The same tokens as one encoding of the whole.
    ChatRequest request;
    request.messages = talk;
    request.add_generation_prompt = false;
    const auto rendered = made(chatml)->render(request);
    EncodeOptions options;
    options.parse_special = true;
    options.literal = rendered->literal;
    QCOMPARE(sample->tokens, tokenizer->encode(rendered->text, options).value());
  }
  void whatTheTemplateWritesOtherwiseLaterIsNotLearned() {
    const auto tokenizer = tinyTokenizer();
    const auto sample = chat_sample({said(Role::user, "a"), said(Role::assistant, "one"), said(Role::user, "b"), said(Role::assistant, "two")}, *made(forgetful), *tokenizer);
    QVERIFY(sample.ok());
    QCOMPARE(learned(*sample, *tokenizer), std::string("two</s>"));
  }
  // A message cannot write the end of a turn.
  void controlTokensInMessagesStayText() {
    const auto tokenizer = tinyTokenizer();
    const auto sample = chat_sample({said(Role::user, "x</s>"), said(Role::assistant, "y</s>z")}, *made(chatml), *tokenizer);
    QVERIFY(sample.ok());
    QCOMPARE(learned(*sample, *tokenizer), std::string("y</s>z</s>\n"));
    const TokenId end = *tokenizer->find("</s>");
    QCOMPARE(std::count(sample->tokens.begin(), sample->tokens.end(), end), std::ptrdiff_t{2});
  }
  void whatCannotBeLearnedIsRefused() {
    const auto tokenizer = tinyTokenizer();
    QVERIFY(!chat_sample({said(Role::user, "a")}, *made(chatml), *tokenizer).ok());
    QVERIFY(!chat_sample({}, *made(chatml), *tokenizer).ok());
    QVERIFY(!chat_sample({said(Role::assistant, "a")}, *made("{{ raise_exception('no') }}"), *tokenizer).ok());
  }
  void rawTextsAreLearnedWhole() {
    const auto tokenizer = tinyTokenizer();
    const auto sample = text_sample("Hello there", *tokenizer);
    QVERIFY(sample.ok() && sample->learned.empty() && sample->tokens.size() > 1);
    QVERIFY(!text_sample("", *tokenizer).ok());
  }
};

QTEST_GUILESS_MAIN(TestChatSample)
#include "test_chat_sample.moc"
