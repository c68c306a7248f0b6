// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "roundhouse/chat_template.h"

namespace roundhouse::text {

// Contents of the probe that is rendered to see what a template writes around reasoning.
inline constexpr const char* probe_reasoning = "rh probe of reasoning";
inline constexpr const char* probe_answer = "rh probe of an answer";

// `rendered`: the probe as the template rendered it, or empty; `source`: the template.
std::optional<ReasoningMarks> find_reasoning_marks(std::string_view rendered, std::string_view source);

}  // namespace roundhouse::text
