// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/cli/interrupt.h"
#include "roundhouse/model.h"
#include "roundhouse/session.h"

namespace roundhouse::cli {

// One prompt: as it is, or as the user's message after a system message, if there is one.
GenerationRequest request_for(const std::string& prompt, const std::string& system, bool raw);

// Generates on `session` and calls `token` for each token on this thread, as it comes (the engine does not wait for a
// slow reader). Ctrl+C and an error of `token` stop the generation; the error is then the result.
Result<GenerationResult> generate(Session& session, GenerationRequest request, Interrupt& interrupt,
                                  const std::function<Status(const TokenEvent&)>& token);

// What a reader must know besides the text (edits in force, messages left out, why it ended early), one a line.
std::vector<std::string> remarks(const GenerationResult& result);

// A session that answers with the adapter that the model was loaded with, if there is one.
Result<std::shared_ptr<Session>> start_session(Model& model, const SessionOptions& options);

}  // namespace roundhouse::cli
