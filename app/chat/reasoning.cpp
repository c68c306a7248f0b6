// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/reasoning.h"

#include <array>
#include <string_view>

namespace roundhouse::app {
namespace {

struct Markers {
  std::string_view open, close;
};
constexpr std::array<Markers, 4> kMarkers{{{"<think>", "</think>"},
                                           {"<thinking>", "</thinking>"},
                                           {"<reasoning>", "</reasoning>"},
                                           {"[THINK]", "[/THINK]"}}};

bool isSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// Where a marker begins that the end of the text cuts off; text.size() when none.
std::size_t partialMarker(std::string_view text, std::size_t from) {
  for (std::size_t at = text.size() > from + 12 ? text.size() - 12 : from; at < text.size(); ++at) {
    const std::string_view tail = text.substr(at);
    for (const Markers& each : kMarkers) {
      if (tail.size() < each.open.size() && each.open.starts_with(tail)) return at;
      if (tail.size() < each.close.size() && each.close.starts_with(tail)) return at;
    }
  }
  return text.size();
}

}  // namespace

std::vector<AnswerSegment> splitReasoning(const std::string& text, bool growing) {
  const std::string_view all = text;
  const std::size_t end = growing ? partialMarker(all, 0) : all.size();
  std::vector<AnswerSegment> segments;
  auto append = [&](bool reasoning, bool open, std::size_t from, std::size_t to) {
    while (from < to && (all[from] == '\n' || all[from] == '\r')) ++from;
    std::size_t visible = to;
    while (visible > from && isSpace(all[visible - 1])) --visible;
    // White space at the very end stays: it may go on.
    if (visible == from) return;
    if (to != end || reasoning) to = visible;
    segments.push_back({reasoning, open, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)});
  };

  std::size_t at = 0;
  while (at < end) {
    std::size_t opens = std::string_view::npos;
    const Markers* kind = nullptr;
    for (const Markers& each : kMarkers) {
      const std::size_t found = all.substr(0, end).find(each.open, at);
      if (found < opens) {
        opens = found;
        kind = &each;
      }
    }
    // Reasoning that the prompt opened: the first marker of all closes it.
    if (at == 0) {
      std::size_t closes = std::string_view::npos, length = 0;
      for (const Markers& each : kMarkers) {
        const std::size_t found = all.substr(0, end).find(each.close);
        if (found < closes) {
          closes = found;
          length = each.close.size();
        }
      }
      if (closes < opens) {
        append(true, false, 0, closes);
        at = closes + length;
        continue;
      }
    }
    if (!kind) break;
    append(false, false, at, opens);
    const std::size_t inside = opens + kind->open.size();
    const std::size_t closes = all.substr(0, end).find(kind->close, inside);
    if (closes == std::string_view::npos) {
      append(true, true, inside, end);
      return segments;
    }
    append(true, false, inside, closes);
    at = closes + kind->close.size();
  }
  append(false, false, at, end);
  return segments;
}

}  // namespace roundhouse::app
