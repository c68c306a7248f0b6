// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <limits>

#include "app/cli/json_text.h"
#include "app/cli/options.h"
#include "roundhouse/chat_template.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse::cli {
namespace {

struct TokenizeOptions : CommandOptions {
  ModelOptions model;
  std::optional<std::string> text;
  std::vector<int> ids;
  bool chat = false, special = false, bos = false;
};

Result<int> run_tokenize(Cli& cli, const TokenizeOptions& options) {
  std::string text;
  if (options.ids.empty()) {
    RH_ASSIGN(text, text_argument(cli, "TEXT", options.text));
  } else if (options.text) {
    return Error{ErrorCode::invalid_argument, read_argument, "--decode", "either ids or TEXT", "both"};
  }
  RH_ASSIGN(const std::string path, cli.model_path(options.model));
  RH_ASSIGN(const ModelText model, cli.environment().load_text(path));
  const Tokenizer& tokenizer = *model.tokenizer;
  std::vector<TokenId> ids(options.ids.begin(), options.ids.end());
  if (!options.ids.empty()) {
    for (const TokenId id : ids) {
      if (!tokenizer.contains(id)) {
        return Error{ErrorCode::out_of_range, "decode", fmt::format("token {}", id), fmt::format("0 to {}", tokenizer.size() - 1), std::to_string(id)};
      }
    }
    RH_ASSIGN(text, tokenizer.decode(ids, true));
  } else {
    EncodeOptions encode;
    encode.add_special = options.bos;
    encode.parse_special = options.special || options.chat;
    if (options.chat) {
      ChatRequest chat;
      chat.messages = {Message::text(Role::user, text)};
      RH_ASSIGN(RenderedChat rendered, model.chat_template->render(chat));
      text = std::move(rendered.text);
      encode.literal = std::move(rendered.literal);
    }
    RH_ASSIGN(ids, tokenizer.encode(text, encode));
  }
  if (options.json) {
    Json json = {{"text", text}, {"tokens", Json::array()}};
    for (const TokenId id : ids) {
      json["tokens"].push_back({{"id", id}, {"text", std::string(tokenizer.token_bytes(id))}, {"special", tokenizer.is_special(id)}});
    }
    RH_TRY(cli.out.write(to_text(json) + "\n"));
    return exit_ok;
  }
  if (!options.ids.empty()) {
    RH_TRY(cli.out.write(text + "\n"));
    return exit_ok;
  }
  for (const TokenId id : ids) {
    // As JSON writes it, so that blanks and line breaks are seen.
    const std::string_view piece = tokenizer.is_special(id) ? tokenizer.token_text(id) : tokenizer.token_bytes(id);
    RH_TRY(cli.out.write(fmt::format("{:>8}  {}\n", id, to_text(Json(std::string(piece))))));
  }
  return exit_ok;
}

}  // namespace

void add_tokenize(CLI::App& root, Commands& commands) {
  auto& options = add_command<TokenizeOptions>(root, commands, "tokenize", "Split a text into a model's tokens, or put tokens together", &run_tokenize);
  options.app->add_option("TEXT", options.text, "The text; - or nothing: read from standard input");
  options.app->add_option("--decode", options.ids, "Token ids to put together instead")->delimiter(',')->transform(whole_number(0, std::numeric_limits<int>::max()))->allow_extra_args(false);
  options.app->add_flag("--chat", options.chat, "Put TEXT through the chat template as a user's message first");
  options.app->add_flag("--special", options.special, "Read special tokens that are written in TEXT");
  options.app->add_flag("--bos", options.bos, "Add the tokens that the model wants at beginning and end");
  add_model_option(*options.app, options.model);
}

}  // namespace roundhouse::cli
