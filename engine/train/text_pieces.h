// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/train/training_batch.h"
#include "roundhouse/result.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse {

// A part of a raw text, small enough to train on; all of it is learned.
struct TextPiece {
  TrainingSample sample;
  std::size_t begin = 0, end = 0;  // bytes of the text
};

// Cuts a text into pieces of at most `max_tokens` (4 or more): after a blank line where the second half of a piece has one,
// otherwise after a line, otherwise before a word, otherwise between characters. Each piece begins as the model begins texts;
// with `ends`, the last one ends as it ends them. Together the pieces are the text; a rest that is a single token is left out.
// With a tokenizer that changes the text, pieces end between its tokens, and their bytes are those of whole paragraphs.
Result<std::vector<TextPiece>> text_pieces(std::string_view text, std::int64_t max_tokens, bool ends, const Tokenizer& tokenizer);

}  // namespace roundhouse
