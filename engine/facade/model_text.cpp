// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/model_text.h"

#include <filesystem>

#include "engine/base/guarded.h"
#include "engine/facade/gguf_text_metadata.h"
#include "engine/io/json.h"
#include "roundhouse/chat_template.h"
#include "roundhouse/text_file.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse {

namespace {

// For models that bring no template: plain turns that any base model can follow.
constexpr const char* plain_template =
    "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'assistant:' }}{% endif %}";

constexpr std::size_t largest_tokenizer_bytes = std::size_t{256} << 20, largest_text_bytes = std::size_t{16} << 20;

// A file that need not be there.
Result<std::string> read_beside(const std::filesystem::path& path) {
  auto text = read_text_file(path, largest_text_bytes);
  if (!text.ok() && text.error().code == ErrorCode::not_found) return std::string();
  return text;
}

// Says of which model it is, where it does not.
Error of_model(Error error, const std::string& path) {
  if (error.object.find(path) == std::string::npos) error.object += " of " + path;
  return error;
}

std::string token_or_empty(const Tokenizer& tokenizer, std::optional<TokenId> id) {
  return id && tokenizer.contains(*id) ? std::string(tokenizer.token_text(*id)) : std::string();
}

Result<SourceText> read_text(const ModelSource& source) {
  TokenizerSpec spec;
  if (source.gguf) {
    RH_ASSIGN(spec, text::tokenizer_spec_from_metadata(GgufTextMetadata(source.gguf)));
  } else {
    const std::filesystem::path folder = source.path;
    RH_ASSIGN(const std::string tokenizer, read_text_file(folder / "tokenizer.json", largest_tokenizer_bytes));
    RH_ASSIGN(const std::string tokenizer_config, read_beside(folder / "tokenizer_config.json"));
    RH_ASSIGN(const std::string chat_template, read_beside(folder / "chat_template.jinja"));
    RH_ASSIGN(const std::string generation_config, read_beside(folder / "generation_config.json"));
    RH_ASSIGN(const std::string model_config, read_beside(folder / "config.json"));
    RH_ASSIGN(spec, text::tokenizer_spec_from_json({tokenizer, tokenizer_config, chat_template, generation_config, model_config}));
  }
  SourceText result;
  result.own_template = !spec.chat_template.empty();
  const std::string chat_source = result.own_template ? spec.chat_template : plain_template;
  RH_ASSIGN(result.text.tokenizer, Tokenizer::create(std::move(spec)));
  const Tokenizer& tokenizer = *result.text.tokenizer;
  RH_ASSIGN(result.text.chat_template, ChatTemplate::create(chat_source, token_or_empty(tokenizer, tokenizer.bos()),
                                                            token_or_empty(tokenizer, tokenizer.eos())));
  return result;
}

}  // namespace

Result<SourceText> load_model_text(const ModelSource& source) {
  auto text = read_text(source);
  if (!text.ok()) return of_model(text.error(), source.path);
  return text;
}

Status check_vocabulary(const ModelSource& source, const Tokenizer& tokenizer, std::int32_t vocabulary) {
  if (tokenizer.size() <= vocabulary) return Ok{};
  return Error{ErrorCode::malformed, "load model", source.path, "at most " + std::to_string(vocabulary) + " tokens in its vocabulary",
               std::to_string(tokenizer.size())};
}

Result<ModelText> load_model_text(const std::string& path) {
  return guarded("read model", path, [&]() -> Result<ModelText> {
    RH_ASSIGN(const auto source, open_model_source(path));
    RH_ASSIGN(SourceText found, load_model_text(*source));
    return std::move(found.text);
  });
}

}  // namespace roundhouse
