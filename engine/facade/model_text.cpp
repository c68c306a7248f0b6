// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/model_text.h"

#include <filesystem>
#include <fstream>

#include "engine/facade/gguf_text_metadata.h"
#include "roundhouse/chat_template.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse {

namespace {

// For models that bring no template: plain turns that any base model can follow.
constexpr const char* plain_template =
    "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'assistant:' }}{% endif %}";

constexpr std::uintmax_t largest_json_bytes = std::uintmax_t{256} << 20;

Result<std::string> read_text(const std::filesystem::path& path, bool required) {
  std::error_code ec;
  const auto bytes = std::filesystem::file_size(path, ec);
  if (ec) {
    if (!required) return std::string();
    return Error{ErrorCode::not_found, "read tokenizer", path.string(), "a file beside the weights", "none"};
  }
  if (bytes > largest_json_bytes) return Error{ErrorCode::limit, "read tokenizer", path.string(), "at most 256 MiB", std::to_string(bytes) + " bytes"};
  std::string text(bytes, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(text.data(), static_cast<std::streamsize>(bytes))) {
    return Error{ErrorCode::io, "read tokenizer", path.string(), std::to_string(bytes) + " bytes", "fewer"};
  }
  return text;
}

std::string token_or_empty(const Tokenizer& tokenizer, std::optional<TokenId> id) {
  return id && tokenizer.contains(*id) ? std::string(tokenizer.token_text(*id)) : std::string();
}

}  // namespace

Result<ModelText> load_model_text(const ModelSource& source) {
  TokenizerSpec spec;
  if (source.gguf) {
    RH_ASSIGN(spec, text::tokenizer_spec_from_metadata(GgufTextMetadata(source.gguf)));
  } else {
    const std::filesystem::path folder = source.path;
    RH_ASSIGN(const std::string tokenizer, read_text(folder / "tokenizer.json", true));
    RH_ASSIGN(const std::string config, read_text(folder / "tokenizer_config.json", false));
    RH_ASSIGN(spec, text::tokenizer_spec_from_json(tokenizer, config));
  }
  ModelText result;
  const std::string chat_source = spec.chat_template.empty() ? plain_template : spec.chat_template;
  RH_ASSIGN(result.tokenizer, Tokenizer::create(std::move(spec)));
  const Tokenizer& tokenizer = *result.tokenizer;
  RH_ASSIGN(result.chat_template, ChatTemplate::create(chat_source, token_or_empty(tokenizer, tokenizer.bos()),
                                                       token_or_empty(tokenizer, tokenizer.eos())));
  return result;
}

Result<ModelText> load_model_text(const std::string& path) {
  RH_ASSIGN(const auto source, open_model_source(path));
  return load_model_text(*source);
}

}  // namespace roundhouse
