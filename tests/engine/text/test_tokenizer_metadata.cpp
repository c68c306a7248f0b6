// SPDX-License-Identifier: Apache-2.0
// What tokenizer_metadata makes of key/value pairs.
#include <QtTest>

#include <map>
#include <variant>

#include "engine/text/metadata_source.h"

using namespace roundhouse;

namespace {

using Value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>, std::vector<std::int64_t>, std::vector<float>>;

class Source : public text::MetadataSource {
 public:
  std::map<std::string, Value, std::less<>> values;

  Result<std::string> text(std::string_view key) const override { return get<std::string>(key); }
  Result<std::int64_t> integer(std::string_view key) const override { return get<std::int64_t>(key); }
  Result<bool> boolean(std::string_view key) const override { return get<bool>(key); }
  Result<std::vector<std::string>> texts(std::string_view key) const override { return get<std::vector<std::string>>(key); }
  Result<std::vector<std::int64_t>> integers(std::string_view key) const override { return get<std::vector<std::int64_t>>(key); }
  Result<std::vector<float>> numbers(std::string_view key) const override { return get<std::vector<float>>(key); }

 private:
  template <class T> Result<T> get(std::string_view key) const {
    const auto found = values.find(key);
    if (found == values.end()) return Error{ErrorCode::not_found, "read metadata", std::string(key), "", "absent"};
    if (const T* value = std::get_if<T>(&found->second)) return *value;
    return Error{ErrorCode::malformed, "read metadata", std::string(key), "another type", "this one"};
  }
};

Source complete() {
  Source source;
  source.values = {{"tokenizer.ggml.model", std::string("gpt2")},
                   {"tokenizer.ggml.pre", std::string("llama-bpe")},
                   {"tokenizer.ggml.tokens", std::vector<std::string>{"a", "b", "<s>"}},
                   {"tokenizer.ggml.token_type", std::vector<std::int64_t>{1, 0, 3}},
                   {"tokenizer.ggml.merges", std::vector<std::string>{"a b"}},
                   {"tokenizer.ggml.scores", std::vector<float>{0, 1, 2}},
                   {"tokenizer.ggml.bos_token_id", std::int64_t{2}},
                   {"tokenizer.ggml.eos_token_id", std::int64_t{1}},
                   {"tokenizer.ggml.eot_token_id", std::int64_t{0}},
                   {"tokenizer.ggml.padding_token_id", std::int64_t{4294967295}},
                   {"tokenizer.ggml.add_bos_token", true},
                   {"tokenizer.chat_template", std::string("{{ x }}")}};
  return source;
}

}  // namespace

class TestTokenizerMetadata : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void readsEveryKey() {
    const auto spec = text::tokenizer_spec_from_metadata(complete());
    QVERIFY2(spec.ok(), spec.ok() ? "" : spec.error().message().c_str());
    QCOMPARE(spec->model, std::string("gpt2"));
    QCOMPARE(spec->pre, std::string("llama-bpe"));
    QCOMPARE(spec->tokens.size(), std::size_t{3});
    QCOMPARE(spec->types, (std::vector<TokenType>{TokenType::normal, TokenType::normal, TokenType::control}));
    QCOMPARE(spec->merges, std::vector<std::string>{"a b"});
    QCOMPARE(spec->scores.size(), std::size_t{3});
    QCOMPARE(*spec->bos, 2);
    QCOMPARE(*spec->eos, 1);
    QVERIFY(!spec->unk && !spec->pad);
    QCOMPARE(spec->eog, std::vector<TokenId>{0});
    QVERIFY(spec->add_bos && !spec->add_eos && spec->ignore_merges);
    QCOMPARE(spec->chat_template, std::string("{{ x }}"));
    QVERIFY(Tokenizer::create(*spec).ok());
  }

  void onlyModelAndTokensAreNeeded() {
    Source source;
    source.values = {{"tokenizer.ggml.model", std::string("gpt2")}};
    QCOMPARE(text::tokenizer_spec_from_metadata(source).error().code, ErrorCode::not_found);
    source.values["tokenizer.ggml.tokens"] = std::vector<std::string>{"a"};
    const auto spec = text::tokenizer_spec_from_metadata(source);
    QVERIFY(spec.ok());
    QVERIFY(spec->types.empty() && spec->pre.empty() && !spec->bos);
  }

  void passesOnWrongTypesAndValues() {
    for (const auto& [key, value] : complete().values) {
      Source source = complete();
      if (std::holds_alternative<bool>(value)) source.values[key] = std::int64_t{1};
      else source.values[key] = true;
      const auto spec = text::tokenizer_spec_from_metadata(source);
      QVERIFY2(!spec.ok(), key.c_str());
      QCOMPARE(spec.error().code, ErrorCode::malformed);
    }
    Source source = complete();
    source.values["tokenizer.ggml.token_type"] = std::vector<std::int64_t>{1, 7, 3};
    QCOMPARE(text::tokenizer_spec_from_metadata(source).error().message(),
             std::string("read tokenizer: tokenizer.ggml.token_type of token 1: expected 0 to 6, found 7"));
    source = complete();
    source.values["tokenizer.ggml.bos_token_id"] = std::int64_t{1} << 40;
    QCOMPARE(text::tokenizer_spec_from_metadata(source).error().code, ErrorCode::out_of_range);
  }
};

QTEST_APPLESS_MAIN(TestTokenizerMetadata)
#include "test_tokenizer_metadata.moc"
