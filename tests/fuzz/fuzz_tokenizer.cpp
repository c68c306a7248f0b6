// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/byte_alphabet.h"
#include "engine/text/metadata_source.h"
#include "engine/text/utf8.h"
#include "roundhouse/tokenizer.h"
#include "tests/fuzz/require.h"

using namespace roundhouse;

namespace {

// All 256 bytes, some merges and special tokens, under every pre-tokenizer.
std::vector<std::shared_ptr<const Tokenizer>> make_tokenizers() {
  std::vector<std::shared_ptr<const Tokenizer>> out;
  for (const std::string& pre : Tokenizer::known_pre_tokenizers()) {
    TokenizerSpec spec;
    spec.model = "gpt2";
    spec.pre = pre;
    for (unsigned byte = 0; byte < 256; ++byte) spec.tokens.emplace_back(text::ByteAlphabet::instance().letter(static_cast<std::uint8_t>(byte)));
    for (const std::string merge : {"h e", "l l", "he ll", "Ġ t", "a a", "aa aa", "Ċ Ċ"}) {
      spec.merges.push_back(merge);
      std::string merged = merge;
      merged.erase(merged.find(' '), 1);
      spec.tokens.push_back(merged);
    }
    spec.types.assign(spec.tokens.size(), TokenType::normal);
    for (const char* control : {"<s>", "<|im_end|>", "<s><s>"}) spec.tokens.emplace_back(control), spec.types.push_back(TokenType::control);
    spec.tokens.emplace_back("<think>"), spec.types.push_back(TokenType::user_defined);
    auto tokenizer = Tokenizer::create(std::move(spec));
    FUZZ_REQUIRE(tokenizer.ok());
    out.push_back(*tokenizer);
  }
  return out;
}

void round_trip(const Tokenizer& tokenizer, std::string_view input, const EncodeOptions& options) {
  const auto ids = tokenizer.encode(input, options);
  FUZZ_REQUIRE(ids.ok());
  std::string bytes, shown;
  Detokenizer detokenizer(tokenizer, {true});
  for (const TokenId id : *ids) {
    FUZZ_REQUIRE(options.parse_special || !tokenizer.is_special(id));
    bytes += tokenizer.token_bytes(id);
    const std::string piece = detokenizer.push(id);
    FUZZ_REQUIRE(text::utf8_valid_end(piece) == piece.size());
    shown += piece;
  }
  shown += detokenizer.flush();
  FUZZ_REQUIRE(bytes == input);
  FUZZ_REQUIRE(detokenizer.text_bytes() == shown.size() && detokenizer.spans().size() == ids->size());
  for (const TextSpan& span : detokenizer.spans()) FUZZ_REQUIRE(span.begin <= span.end && span.end <= shown.size());
  if (text::utf8_valid_end(input) == input.size()) FUZZ_REQUIRE(shown == input);
}

}  // namespace

// The first byte chooses: a tokenizer and its options, or a tokenizer.json (255).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const auto tokenizers = make_tokenizers();
  const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] == 255) {
    auto spec = text::tokenizer_spec_from_json({.tokenizer = input});
    if (!spec.ok()) return 0;
    const auto tokenizer = Tokenizer::create(std::move(*spec));
    if (tokenizer.ok()) static_cast<void>((*tokenizer)->encode("Hello <s> 123\n\xFF").ok());
    return 0;
  }
  const Tokenizer& tokenizer = *tokenizers[data[0] % tokenizers.size()];
  round_trip(tokenizer, input, {});
  EncodeOptions options;
  options.parse_special = true;
  round_trip(tokenizer, input, options);
  options.literal = {{0, input.size()}};
  FUZZ_REQUIRE(*tokenizer.encode(input, options) == *tokenizer.encode(input));
  return 0;
}
