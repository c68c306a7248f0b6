// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/answer_snapshot.h"

#include <algorithm>
#include <tuple>

namespace roundhouse::app {

int AnswerSnapshot::tokenAt(std::uint32_t offset) const {
  // Spans ascend; a token whose bytes complete a character has the whole character, earlier ones are empty there.
  auto after = std::upper_bound(tokens.begin(), tokens.end(), offset,
                                [](std::uint32_t value, const AnswerToken& token) { return value < token.textBegin; });
  while (after != tokens.begin()) {
    --after;
    if (offset >= after->textBegin && offset < after->textEnd) return static_cast<int>(after - tokens.begin());
    if (after->textEnd > after->textBegin) break;
  }
  return -1;
}

bool sameSeed(const AnswerSnapshot& first, const AnswerSnapshot& second) {
  const auto greedy = [](const AnswerSnapshot& each) { return each.sampling && each.sampling->temperature == 0; };
  if (!first.result || !second.result || (greedy(first) && greedy(second))) return true;
  return first.result->seed == second.result->seed;
}

bool sameSampling(const AnswerSnapshot& first, const AnswerSnapshot& second) {
  if (!first.sampling || !second.sampling) return true;
  // All but the seed and what is only reported.
  const auto drawn = [](const SamplingSettings& s) {
    return std::tie(s.temperature, s.top_k, s.top_p, s.min_p, s.typical_p, s.repetition_penalty, s.frequency_penalty, s.presence_penalty,
                    s.penalty_window_tokens, s.logit_bias, s.stop, s.max_tokens, s.ignore_end_tokens);
  };
  return drawn(*first.sampling) == drawn(*second.sampling);
}

std::string AnswerSnapshot::contextText(int position) const {
  if (position < 0) return {};
  if (promptTexts && position < static_cast<int>(promptTexts->size())) return (*promptTexts)[position];
  const int index = tokenOfPosition(position);
  if (index < 0) return {};
  const AnswerToken& token = tokens[index];
  const std::uint32_t end = std::min<std::uint32_t>(token.textEnd, static_cast<std::uint32_t>(text.size()));
  return token.textBegin < end ? text.substr(token.textBegin, end - token.textBegin) : std::string();
}

int AnswerSnapshot::tokenOfPosition(int position) const {
  auto found = std::lower_bound(tokens.begin(), tokens.end(), position,
                                [](const AnswerToken& token, int value) { return token.position < value; });
  return found != tokens.end() && found->position == position ? static_cast<int>(found - tokens.begin()) : -1;
}

}  // namespace roundhouse::app
