// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/bridge/answer_snapshot.h"

namespace roundhouse::app {

// A stretch of an answer: what the model thought aloud, or what it says. Bytes of the whole text; markers are in
// neither.
struct AnswerSegment {
  bool reasoning = false;
  bool open = false;  // reasoning that has not ended yet
  std::uint32_t begin = 0, end = 0;
  bool operator==(const AnswerSegment&) const = default;
};

// Splits an answer, whole or still growing, at the model's own markers; where they are not known, at those of many
// models: <think>...</think>, <thinking>, <reasoning>, and [THINK]...[/THINK]. A closing marker without an opening one
// ends reasoning that began with the answer (templates may have opened it in the prompt). A marker still incomplete at
// the end of a growing text belongs to no segment. Stretches of only white space between reasoning and answer are dropped.
std::vector<AnswerSegment> splitReasoning(const std::string& text, bool growing, const AnswerReasoning& reasoning = {});

}  // namespace roundhouse::app
