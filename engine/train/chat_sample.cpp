// SPDX-License-Identifier: Apache-2.0
#include "engine/train/chat_sample.h"

#include <algorithm>
#include <string>
#include <utility>

namespace roundhouse {

namespace {

Error refuse(std::string object, std::string expected, std::string received) {
  return {ErrorCode::invalid_argument, "render sample", std::move(object), std::move(expected), std::move(received)};
}

// What a token stands for in the text it was read from.
std::string_view written(const Tokenizer& tokenizer, TokenId id) { return tokenizer.is_special(id) ? tokenizer.token_text(id) : tokenizer.token_bytes(id); }

}  // namespace

Result<TrainingSample> chat_sample(const std::vector<Message>& messages, const ChatTemplate& chat_template, const Tokenizer& tokenizer) {
  const auto render = [&](std::size_t count, bool opened) {
    ChatRequest request;
    request.messages.assign(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(count));
    request.add_generation_prompt = opened;
    return chat_template.render(request);
  };
  RH_ASSIGN(const RenderedChat whole, render(messages.size(), false));
  std::vector<TextSpan> turns;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (messages[i].role != Role::assistant) continue;
    RH_ASSIGN(const RenderedChat before, render(i, true));
    RH_ASSIGN(const RenderedChat after, i + 1 == messages.size() ? Result<RenderedChat>(whole) : render(i + 1, false));
    const bool same = whole.text.starts_with(after.text) && after.text.starts_with(before.text) && after.text.size() > before.text.size();
    if (same) turns.push_back({before.text.size(), after.text.size()});
  }
  if (turns.empty()) return refuse("conversation", "an assistant's turn that the template writes after its opening", "none");

  EncodeOptions options;
  options.parse_special = true;
  options.literal = whole.literal;
  TrainingSample sample;
  RH_ASSIGN(sample.tokens, tokenizer.encode(whole.text, options));
  sample.learned.resize(sample.tokens.size());
  std::size_t at = 0;
  auto turn = turns.begin();
  for (std::size_t i = 0; i < sample.tokens.size(); ++i) {
    const std::string_view bytes = written(tokenizer, sample.tokens[i]);
    if (whole.text.compare(at, bytes.size(), bytes) != 0) return refuse("text", "tokens that keep it", "token " + std::to_string(sample.tokens[i]) + " at byte " + std::to_string(at));
    while (turn != turns.end() && at >= turn->end) ++turn;
    sample.learned[i] = turn != turns.end() && at >= turn->begin;
    at += bytes.size();
  }
  if (at != whole.text.size()) return refuse("text", "tokens for all of it", std::to_string(at) + " of " + std::to_string(whole.text.size()) + " bytes");
  return sample;
}

Result<TrainingSample> text_sample(const std::string& text, const Tokenizer& tokenizer) {
  EncodeOptions options;
  options.add_special = true;
  TrainingSample sample;
  RH_ASSIGN(sample.tokens, tokenizer.encode(text, options));
  if (sample.tokens.size() < 2) return refuse("text", "two tokens or more", std::to_string(sample.tokens.size()));
  return sample;
}

}  // namespace roundhouse
