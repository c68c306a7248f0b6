// SPDX-License-Identifier: Apache-2.0
#include "engine/text/reasoning_marks.h"

#include <algorithm>
#include <cctype>

namespace roundhouse::text {
namespace {

struct KnownMarks {
  std::string_view begin, end;
};

// As published models write them.
constexpr KnownMarks known[] = {
    {"<think>", "</think>"},
    {"<thinking>", "</thinking>"},
    {"<thought>", "</thought>"},
    {"<reasoning>", "</reasoning>"},
    {"<seed:think>", "</seed:think>"},
    {"[THINK]", "[/THINK]"},
    {"<|START_THINKING|>", "<|END_THINKING|>"},
    {"<|inner_prefix|>", "<|inner_suffix|>"},
    {"<|channel>thought", "<channel|>"},
    {"<|channel|>analysis<|message|>", "<|end|>"},
    {"<mm:think>", "</mm:think>"},
};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

bool speaks_of_thinking(std::string_view tag) {
  std::string lower(tag);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower.find("think") != std::string::npos || lower.find("thought") != std::string::npos || lower.find("reason") != std::string::npos;
}

constexpr std::size_t max_tag_bytes = 64;

// The tag at the end of `text`, or nothing.
std::string_view last_tag(std::string_view text) {
  if (text.empty() || (text.back() != '>' && text.back() != ']')) return {};
  const std::size_t open = text.rfind(text.back() == '>' ? '<' : '[');
  if (open == std::string_view::npos || text.size() - open > max_tag_bytes) return {};
  return text.substr(open);
}

// The tag at the beginning of `text`, or nothing.
std::string_view first_tag(std::string_view text) {
  if (text.empty() || (text.front() != '<' && text.front() != '[')) return {};
  const std::size_t close = text.find(text.front() == '<' ? '>' : ']');
  if (close == std::string_view::npos || close >= max_tag_bytes) return {};
  return text.substr(0, close + 1);
}

}  // namespace

std::optional<ReasoningMarks> find_reasoning_marks(std::string_view rendered, std::string_view source) {
  const std::string_view reasoning = probe_reasoning;
  const std::size_t at = rendered.find(reasoning);
  if (at != std::string_view::npos) {
    const std::string_view before = trimmed(rendered.substr(0, at)), after = trimmed(rendered.substr(at + reasoning.size()));
    for (const KnownMarks& marks : known) {
      const bool opens = before.size() >= marks.begin.size() && before.substr(before.size() - marks.begin.size()) == marks.begin;
      if (opens && after.substr(0, marks.end.size()) == marks.end) {
        return ReasoningMarks{std::string(marks.begin), std::string(marks.end)};
      }
    }
    const std::string_view begin = last_tag(before), end = first_tag(after);
    if (speaks_of_thinking(begin) && !end.empty() && end != begin) return ReasoningMarks{std::string(begin), std::string(end)};
  }
  for (const KnownMarks& marks : known) {
    if (source.find(marks.begin) != std::string_view::npos && source.find(marks.end) != std::string_view::npos) {
      return ReasoningMarks{std::string(marks.begin), std::string(marks.end)};
    }
  }
  return std::nullopt;
}

}  // namespace roundhouse::text
