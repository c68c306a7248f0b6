// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/text.h"

namespace roundhouse::plugins {
namespace {

// Length of the well-formed character at `text[at]`, 0 if there is none.
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned char low = 0x80, high = 0xBF;  // bounds of the second byte
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  if (length == 0 || text.size() - at < length) return 0;
  if (byte(at + 1) < low || byte(at + 1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(at + i) < 0x80 || byte(at + i) > 0xBF) return 0;
  }
  return length;
}

}  // namespace

std::size_t invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

std::string one_line(std::string_view text, std::size_t limit, Backslash backslash) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    if (at >= limit) return line + "…";
    const std::size_t length = character_length(text, at);
    const unsigned char byte = static_cast<unsigned char>(text[at]);
    // C1 controls (U+0080 to U+009F) move a terminal's cursor as well as C0 do.
    const bool c1 = length == 2 && byte == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0;
    if (length == 0 || byte < 0x20 || byte == 0x7F || (byte == '\\' && backslash == Backslash::escape) || c1) {
      const std::size_t count = c1 ? 2 : 1;
      for (std::size_t i = 0; i < count; ++i) {
        const unsigned char shown = static_cast<unsigned char>(text[at + i]);
        line += "\\x";
        line += digits[shown >> 4];
        line += digits[shown & 15];
      }
      at += count;
    } else {
      line.append(text.substr(at, length));
      at += length;
    }
  }
  return line;
}

}  // namespace roundhouse::plugins
