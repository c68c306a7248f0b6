// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "engine/text/metadata_source.h"

namespace roundhouse::text {
namespace {

// Fills `out` and passes every failure on except a missing key.
template <class T, class Out>
Status optional_value(Result<T> value, Out& out) {
  if (value.ok()) {
    out = std::move(value).value();
    return Ok{};
  }
  if (value.error().code == ErrorCode::not_found) return Ok{};
  return std::move(value).error();
}

Status optional_id(const MetadataSource& source, const char* key, std::optional<TokenId>& out) {
  std::optional<std::int64_t> value;
  RH_TRY(optional_value(source.integer(key), value));
  if (!value) return Ok{};
  // Some converters write 0xFFFFFFFF for "none".
  if (*value == -1 || *value == std::numeric_limits<std::uint32_t>::max()) return Ok{};
  if (*value < 0 || *value > std::numeric_limits<TokenId>::max()) {
    return Error{ErrorCode::out_of_range, "read tokenizer", key, "a token id", std::to_string(*value)};
  }
  out = static_cast<TokenId>(*value);
  return Ok{};
}

}  // namespace

Result<TokenizerSpec> tokenizer_spec_from_metadata(const MetadataSource& source) {
  TokenizerSpec spec;
  RH_ASSIGN(spec.model, source.text("tokenizer.ggml.model"));
  RH_ASSIGN(spec.tokens, source.texts("tokenizer.ggml.tokens"));
  RH_TRY(optional_value(source.text("tokenizer.ggml.pre"), spec.pre));
  RH_TRY(optional_value(source.texts("tokenizer.ggml.merges"), spec.merges));
  RH_TRY(optional_value(source.numbers("tokenizer.ggml.scores"), spec.scores));
  std::vector<std::int64_t> types;
  RH_TRY(optional_value(source.integers("tokenizer.ggml.token_type"), types));
  spec.types.reserve(types.size());
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] < 1 || types[i] > 6) {
      // 0 is GGUF's "undefined".
      if (types[i] != 0) {
        return Error{ErrorCode::malformed, "read tokenizer", "tokenizer.ggml.token_type of token " + std::to_string(i),
                     "0 to 6", std::to_string(types[i])};
      }
      types[i] = 1;
    }
    spec.types.push_back(static_cast<TokenType>(types[i]));
  }
  RH_TRY(optional_id(source, "tokenizer.ggml.bos_token_id", spec.bos));
  RH_TRY(optional_id(source, "tokenizer.ggml.eos_token_id", spec.eos));
  RH_TRY(optional_id(source, "tokenizer.ggml.unknown_token_id", spec.unk));
  RH_TRY(optional_id(source, "tokenizer.ggml.padding_token_id", spec.pad));
  for (const char* key : {"tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"}) {
    std::optional<TokenId> id;
    RH_TRY(optional_id(source, key, id));
    if (id) spec.eog.push_back(*id);
  }
  RH_TRY(optional_value(source.boolean("tokenizer.ggml.add_bos_token"), spec.add_bos));
  RH_TRY(optional_value(source.boolean("tokenizer.ggml.add_eos_token"), spec.add_eos));
  RH_TRY(optional_value(source.boolean("tokenizer.ggml.add_space_prefix"), spec.add_space_prefix));
  RH_TRY(optional_value(source.text("tokenizer.chat_template"), spec.chat_template));
  // Llama 3's tokenizer.json sets ignore_merges, for which GGUF has no key of its own.
  spec.ignore_merges = spec.pre == "llama-bpe" || spec.pre == "llama3" || spec.pre == "llama-v3";
  return spec;
}

}  // namespace roundhouse::text
