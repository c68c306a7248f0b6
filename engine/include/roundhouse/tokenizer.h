// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "roundhouse/result.h"

namespace roundhouse {

using TokenId = std::int32_t;

// The numbers are those of GGUF's `tokenizer.ggml.token_type`.
enum class TokenType : std::uint8_t {
  normal = 1,
  unknown = 2,
  control = 3,       // steers the model; written in text only by templates
  user_defined = 4,  // a whole piece of text; always recognised in text
  unused = 5,
  byte = 6,
};
const char* token_type_name(TokenType type);

// Everything a tokenizer is made of, as a model file states it. A plain value.
struct TokenizerSpec {
  std::string model;                // "gpt2": byte-level byte-pair encoding
  std::string pre;                  // name of the pre-tokenizer: "smollm", "qwen2", ...
  std::vector<std::string> pre_expressions;  // instead of `pre`: applied one after the other, each to the pieces left
  std::vector<std::string> tokens;  // [vocabulary]; normal ones in GPT-2's byte alphabet, the others as plain text
  std::vector<TokenType> types;     // [vocabulary], or empty: all normal
  std::vector<std::string> merges;  // "left right", best first
  std::vector<float> scores;        // [vocabulary], or empty; used by other models than "gpt2"
  std::optional<TokenId> bos, eos, unk, pad;
  std::vector<TokenId> eog;         // ends of generation besides `eos`
  bool add_bos = false, add_eos = false;
  bool add_space_prefix = false;    // a space before the text when it begins with none
  bool ignore_merges = false;       // a word that is a token as a whole is taken without merging
  bool normalize_nfc = false;       // compose characters before splitting
  std::string chat_template;        // Jinja source; may be empty
};

// Bytes [begin, end) of a text.
struct TextSpan {
  std::size_t begin = 0, end = 0;
  bool operator==(const TextSpan&) const = default;
};

struct EncodeOptions {
  bool add_special = false;      // BOS and EOS where the model asks for them
  bool parse_special = false;    // control tokens written in the text become their ids. Off: they stay plain text
  std::vector<TextSpan> literal = {};  // sorted; with parse_special, no control token is read that touches one of these
};

// Text to token ids and back. Immutable after create(); all methods from any thread.
class Tokenizer {
 public:
  // Malformed: ids beyond the vocabulary, wrong array lengths, merges without two parts. Unsupported: another model
  // or pre-tokenizer, named in the error.
  static Result<std::shared_ptr<const Tokenizer>> create(TokenizerSpec spec);
  // For names `create` knows, e.g. to list them.
  static std::vector<std::string> known_pre_tokenizers();
  ~Tokenizer();
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  // Any bytes; those that are no UTF-8 are encoded byte by byte. Bytes without a token in the vocabulary (see
  // missing_bytes) are left out, as the models' own tokenizers do. Fails only when a foreign expression hits its
  // matching limit.
  Result<std::vector<TokenId>> encode(std::string_view text, const EncodeOptions& options = {}) const;
  // The text of all ids, control tokens included on request; incomplete characters become U+FFFD.
  Result<std::string> decode(const std::vector<TokenId>& ids, bool show_special = false) const;

  std::int32_t size() const;
  bool contains(TokenId id) const { return id >= 0 && id < size(); }
  // The next four: `id` must be contained. Views live as long as the tokenizer.
  std::string_view token_bytes(TokenId id) const;  // what it stands for in text: any bytes
  std::string_view token_text(TokenId id) const;   // as the vocabulary writes it ("Ġthe")
  TokenType token_type(TokenId id) const;
  bool is_special(TokenId id) const;               // control or unknown: no text of its own
  bool is_end_of_generation(TokenId id) const;     // false for ids not contained
  std::optional<TokenId> find(std::string_view vocabulary_text) const;
  const std::vector<TokenId>& end_of_generation() const;  // sorted
  std::optional<TokenId> bos() const;
  std::optional<TokenId> eos() const;
  bool adds_bos() const;

  const std::string& model_name() const;
  const std::string& pre_tokenizer_name() const;          // "custom" for expressions from a file
  const std::vector<std::uint8_t>& missing_bytes() const; // sorted; bytes no token stands for
  std::uint64_t memory_bytes() const;                     // estimate of what it holds

 private:
  struct Impl;
  explicit Tokenizer(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

// Ids to text as they come, never splitting a character: bytes of an incomplete one are held back, bytes that can
// become none turn into U+FFFD. One thread at a time.
class Detokenizer {
 public:
  struct Options {
    bool show_special = false;  // control tokens as their text; otherwise they yield none
  };
  // `tokenizer` must outlive this object.
  explicit Detokenizer(const Tokenizer& tokenizer);
  Detokenizer(const Tokenizer& tokenizer, Options options);

  // The text that is certain now: whole characters, possibly none. Ids out of range yield U+FFFD.
  std::string push(TokenId id);
  // The end: what is held becomes U+FFFD. More may be pushed afterwards.
  std::string flush();
  void reset();

  bool holds_bytes() const { return !held_.empty(); }
  std::size_t text_bytes() const { return text_bytes_; }  // produced so far
  // [tokens pushed] bytes of the produced text that a token stands for, widened to whole characters: two tokens that
  // share a character both cover it, a token without text has an empty span. Spans of tokens from settled_tokens()
  // on may still grow.
  const std::vector<TextSpan>& spans() const { return spans_; }
  std::size_t settled_tokens() const;

 private:
  struct HeldByte { char byte; std::size_t token; };
  std::string drain(bool at_end);

  const Tokenizer* tokenizer_;
  Options options_;
  std::vector<HeldByte> held_;
  std::vector<TextSpan> spans_;
  std::vector<bool> has_span_;
  std::size_t text_bytes_ = 0;
};

}  // namespace roundhouse
