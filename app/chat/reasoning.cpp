// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/reasoning.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace roundhouse::app {
namespace {

struct Markers {
  std::string_view open, close;
};
constexpr std::array<Markers, 4> kCommon{{{"<think>", "</think>"},
                                           {"<thinking>", "</thinking>"},
                                           {"<reasoning>", "</reasoning>"},
                                           {"[THINK]", "[/THINK]"}}};

bool isSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// Where a marker begins that the end of the text cuts off; text.size() when none.
std::size_t partialMarker(std::string_view text, std::span<const Markers> markers) {
  std::size_t longest = 1;
  for (const Markers& each : markers) longest = std::max({longest, each.open.size(), each.close.size()});
  for (std::size_t at = text.size() >= longest ? text.size() - longest + 1 : 0; at < text.size(); ++at) {
    const std::string_view tail = text.substr(at);
    for (const Markers& each : markers) {
      if (tail.size() < each.open.size() && each.open.starts_with(tail)) return at;
      if (tail.size() < each.close.size() && each.close.starts_with(tail)) return at;
    }
  }
  return text.size();
}

}  // namespace

std::vector<AnswerSegment> splitReasoning(const std::string& text, bool growing, const AnswerReasoning& reasoning) {
  const std::string_view all = text;
  std::array<Markers, 1> own;
  std::span<const Markers> markers = kCommon;
  if (reasoning.marks) {
    own[0] = {reasoning.marks->open, reasoning.marks->close};
    markers = own;
  }
  const std::size_t end = growing ? partialMarker(all, markers) : all.size();
  std::vector<AnswerSegment> segments;
  auto append = [&](bool thought, bool open, std::size_t from, std::size_t to) {
    while (from < to && (all[from] == '\n' || all[from] == '\r')) ++from;
    std::size_t visible = to;
    while (visible > from && isSpace(all[visible - 1])) --visible;
    // White space at the very end stays: it may go on.
    if (visible == from) return;
    if (to != end || thought) to = visible;
    segments.push_back({thought, open, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)});
  };

  std::size_t at = 0;
  while (at < end) {
    std::size_t opens = std::string_view::npos;
    const Markers* kind = nullptr;
    for (const Markers& each : markers) {
      const std::size_t found = all.substr(0, end).find(each.open, at);
      if (found < opens) {
        opens = found;
        kind = &each;
      }
    }
    // Reasoning that the prompt opened: the first marker of all closes it.
    if (at == 0) {
      std::size_t closes = std::string_view::npos, length = 0;
      for (const Markers& each : markers) {
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
      if (reasoning.opened && !kind) {
        append(true, true, 0, end);
        return segments;
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
