// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <vector>

#include "app/bridge/answer_snapshot.h"
#include "widgets/tokens/token_sequence.h"

namespace roundhouse::app {

// The tokens of an answer's context for a TokenStrip, underlined by how evenly their experts share the weight (from the
// least to the greatest of them). A growing answer costs what is new of it.
class TokenPieces {
 public:
  widgets::TokenSequencePtr update(const AnswerSnapshot& answer);

 private:
  QString answer_;
  std::vector<widgets::TokenPiece> pieces_;  // without heat
  std::vector<double> entropies_;            // per token, mean over layers
  std::int32_t last_id_ = -1;
};

// A token as it can be shown: bytes that are no character on their own spelled out ("<0xE4>").
QString tokenText(const AnswerSnapshot& answer, int position);

}  // namespace roundhouse::app
