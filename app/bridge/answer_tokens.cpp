// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/answer_tokens.h"

#include <algorithm>

namespace roundhouse::app {

void AnswerTokens::push_back(AnswerToken token) {
  const std::size_t within = size_ % kChunk;
  if (within == 0) {
    chunks_.push_back(std::make_shared<Chunk>());
    chunks_.back()->used = 1;
  } else if (std::size_t expected = within; !chunks_.back()->used.compare_exchange_strong(expected, within + 1)) {
    auto own = std::make_shared<Chunk>();
    std::copy_n(chunks_.back()->tokens.begin(), within, own->tokens.begin());
    own->used = within + 1;
    chunks_.back() = std::move(own);
  }
  // No copy looks at this place: it is beyond the end of each.
  chunks_.back()->tokens[within] = std::move(token);
  ++size_;
}

void AnswerTokens::setSpans(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& spans) {
  AnswerTokens changed;
  for (std::size_t i = 0; i < size_; ++i) {
    AnswerToken token = (*this)[i];
    token.textBegin = spans[i].first;
    token.textEnd = spans[i].second;
    changed.push_back(std::move(token));
  }
  *this = std::move(changed);
}

}  // namespace roundhouse::app
