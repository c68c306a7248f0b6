// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "engine/train/training_batch.h"
#include "roundhouse/chat_template.h"
#include "roundhouse/message.h"
#include "roundhouse/result.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse {

// A conversation as the model's own template writes it, of which the assistant's turns are learned, each with what the
// template ends it with: what stands after the opening of the turn. A turn whose beginning or end the template writes
// otherwise once more follows (some leave reasoning out of earlier turns) is not learned. Control tokens are read in the
// template's text alone, never in messages.
//
// Fails: the template refuses the conversation; no turn can be learned; a tokenizer that changes the text (a character
// without a token), since it is not known then which token is whose.
Result<TrainingSample> chat_sample(const std::vector<Message>& messages, const ChatTemplate& chat_template, const Tokenizer& tokenizer);

// A raw text: all of it is learned; with the tokens that the model begins and ends texts with, where it asks for them.
Result<TrainingSample> text_sample(const std::string& text, const Tokenizer& tokenizer);

}  // namespace roundhouse
