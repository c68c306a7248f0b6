// SPDX-License-Identifier: Apache-2.0
#include "engine/base/printable.h"

#include <cstdint>

namespace roundhouse {
namespace {

// Length of the well-formed UTF-8 sequence at the start of `text` (Unicode 15, table 3-7); 0 when ill-formed.
std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto follows = [&](std::size_t i, std::uint8_t low = 0x80, std::uint8_t high = 0xBF) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const std::uint8_t low = lead == 0xE0 ? 0xA0 : 0x80;
    const std::uint8_t high = lead == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const std::uint8_t low = lead == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string shown;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = utf8_sequence(text.substr(at));
    if (at + (length == 0 ? 1 : length) > limit) return shown + "…";
    const auto lead = static_cast<std::uint8_t>(text[at]);
    const bool c1 = length == 2 && lead == 0xC2 && static_cast<std::uint8_t>(text[at + 1]) < 0xA0;
    if (length == 0 || c1 || lead < 0x20 || lead == 0x7F || lead == '\\') {
      for (std::size_t i = at; i < at + (c1 ? 2 : 1); ++i) {
        const auto value = static_cast<std::uint8_t>(text[i]);
        shown += "\\x";
        shown += digits[value >> 4];
        shown += digits[value & 15];
      }
      at += c1 ? 2 : 1;
      continue;
    }
    shown.append(text, at, length);
    at += length;
  }
  return shown;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace roundhouse
