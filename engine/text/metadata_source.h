// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "roundhouse/result.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse::text {

// Typed look-up of a model file's key/value metadata. Every method fails with not_found when the key is absent and
// with malformed, naming key and types, when it holds something else.
class MetadataSource {
 public:
  virtual ~MetadataSource() = default;
  virtual Result<std::string> text(std::string_view key) const = 0;
  virtual Result<std::int64_t> integer(std::string_view key) const = 0;  // any integer type that fits
  virtual Result<bool> boolean(std::string_view key) const = 0;
  virtual Result<std::vector<std::string>> texts(std::string_view key) const = 0;
  virtual Result<std::vector<std::int64_t>> integers(std::string_view key) const = 0;  // of any integer type
  virtual Result<std::vector<float>> numbers(std::string_view key) const = 0;
};

// Reads GGUF's `tokenizer.*` keys. Does not judge whether the tokenizer is supported: Tokenizer::create does.
Result<TokenizerSpec> tokenizer_spec_from_metadata(const MetadataSource& source);

// What the files of a Hugging Face folder hold; empty: not there.
struct HuggingFaceTexts {
  std::string_view tokenizer;              // tokenizer.json
  std::string_view tokenizer_config = {};  // tokenizer_config.json: names of BOS, EOS and padding, chat template
  std::string_view chat_template = {};     // chat_template.jinja: counts before the configuration's
  // generation_config.json and config.json: ids of the tokens that end an answer. Both count.
  std::string_view generation_config = {}, model_config = {};
};

// Reads a tokenizer.json with a byte-level BPE model, and what the files beside it say of it.
Result<TokenizerSpec> tokenizer_spec_from_json(const HuggingFaceTexts& texts);

}  // namespace roundhouse::text
