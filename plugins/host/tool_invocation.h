// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/host/plugin_manager.h"
#include "roundhouse/message.h"

namespace roundhouse::plugins {

// What a person typed in chat, as far as it concerns tools:
//   /name                  the tool without arguments
//   /name text             `text` as the tool's text argument
//   /name {"key": ...}     the arguments as JSON
//   //...                  the text after the first slash, as an ordinary message
// Anything else is an ordinary message, also "/usr/bin ..." and "/ ": a name is [a-z][a-z0-9_]* up to a blank or the end.
struct ToolInput {
  std::string message;               // without `call`: the text to send
  std::optional<ToolCallPart> call;  // the tool asked for; its id is `call_id`
};
// `not_found`: no such tool, with those there are; `invalid_argument`: it takes JSON only, or no JSON object came.
Result<ToolInput> parse_tool_input(std::string_view typed, const std::vector<ToolInfo>& tools, const std::string& call_id);

// A tool's result for a person to read: its content, then its citations, one a line.
std::string tool_result_text(const ToolResultPart& result);

}  // namespace roundhouse::plugins
