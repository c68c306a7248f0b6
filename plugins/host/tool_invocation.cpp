// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/tool_invocation.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "plugins/host/text.h"

namespace roundhouse::plugins {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// "/name" at the beginning, or nothing.
std::string_view tool_name(std::string_view typed) {
  if (typed.size() < 2 || typed[0] != '/' || typed[1] < 'a' || typed[1] > 'z') return {};
  std::size_t end = 1;
  const auto part = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  while (end < typed.size() && part(typed[end])) ++end;
  if (end < typed.size() && blanks.find(typed[end]) == std::string_view::npos) return {};
  return typed.substr(1, end - 1);
}

}  // namespace

Result<ToolInput> parse_tool_input(std::string_view typed, const std::vector<ToolInfo>& tools, const std::string& call_id) {
  if (typed.substr(0, 2) == "//") return ToolInput{std::string(typed.substr(1)), {}};
  const std::string_view name = tool_name(typed);
  if (name.empty()) return ToolInput{std::string(typed), {}};
  const auto tool = std::find_if(tools.begin(), tools.end(), [&](const ToolInfo& info) { return info.spec.name == name; });
  if (tool == tools.end()) {
    std::string known;
    for (const ToolInfo& info : tools) known += fmt::format("{}/{}", known.empty() ? "" : ", ", info.spec.name);
    return Error{ErrorCode::not_found, "call tool", fmt::format("/{}", name),
                 known.empty() ? "a tool of a running plugin (none offers one; begin with // to send the text as it is)"
                               : "one of " + known + " (begin with // to send the text as it is)",
                 "another name"};
  }
  const std::string_view rest = trimmed(typed.substr(name.size() + 1));
  nlohmann::json arguments = nlohmann::json::object();
  if (!rest.empty() && rest.front() == '{') {
    arguments = nlohmann::json::parse(rest, nullptr, false);
    if (!arguments.is_object()) {
      return Error{ErrorCode::invalid_argument, "call tool", fmt::format("/{}", name), "a JSON object or text that does not begin with {",
                   one_line(rest, 80)};
    }
  } else if (!rest.empty()) {
    if (tool->text_argument.empty()) {
      return Error{ErrorCode::invalid_argument, "call tool", fmt::format("/{}", name), "arguments as a JSON object", one_line(rest, 80)};
    }
    arguments[tool->text_argument] = std::string(rest);
  }
  ToolInput input;
  input.call = ToolCallPart{call_id, std::string(name), arguments.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
  return input;
}

std::string tool_result_text(const ToolResultPart& result) {
  std::string text = result.content;
  if (!text.empty() && text.back() != '\n') text += '\n';
  for (std::size_t i = 0; i < result.citations.size(); ++i) {
    const Citation& citation = result.citations[i];
    text += fmt::format("[{}] {}, {}: {}\n", i + 1, one_line(citation.source, 120), one_line(citation.locator, 120), one_line(citation.quote, 200));
  }
  return text;
}

}  // namespace roundhouse::plugins
