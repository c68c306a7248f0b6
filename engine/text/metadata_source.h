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

// Reads a Hugging Face tokenizer.json with a byte-level BPE model; `config_json` is the tokenizer_config.json beside it
// (chat template, names of BOS, EOS and padding) or empty.
Result<TokenizerSpec> tokenizer_spec_from_json(std::string_view tokenizer_json, std::string_view config_json = {});

}  // namespace roundhouse::text
