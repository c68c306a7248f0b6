// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace roundhouse {

// What a load is doing: every value that LoadProgress::stage takes, in the order in which they come.
namespace load_stage {
inline constexpr const char* mapping = "mapping";                        // reads header and tokenizer, maps the weights
inline constexpr const char* computing_digest = "computing digest";      // only when LoadOptions::verify_digest
inline constexpr const char* preparing_weights = "preparing weights";    // brings them into the backend's layout
inline constexpr const char* ready = "ready";
}  // namespace load_stage

}  // namespace roundhouse
