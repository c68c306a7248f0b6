// SPDX-License-Identifier: Apache-2.0
#include "engine/text/utf8.h"

#include <cstring>

namespace roundhouse::text {

Utf8Step utf8_step(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const unsigned lead = byte(at);
  if (lead < 0x80) return {Utf8State::ok, 1, static_cast<char32_t>(lead)};
  // The second byte's range depends on the lead (no overlong forms, no surrogates, nothing above U+10FFFF).
  unsigned length = 0, low = 0x80, high = 0xBF;
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
  } else {
    return {Utf8State::invalid, 1, 0};
  }
  char32_t code_point = lead & (0x7Fu >> length);
  for (unsigned i = 1; i < length; ++i) {
    if (at + i >= text.size()) return {Utf8State::incomplete, static_cast<std::uint8_t>(i), 0};
    const unsigned next = byte(at + i);
    if (next < low || next > high) return {Utf8State::invalid, static_cast<std::uint8_t>(i), 0};
    low = 0x80, high = 0xBF;
    code_point = (code_point << 6) | (next & 0x3Fu);
  }
  return {Utf8State::ok, static_cast<std::uint8_t>(length), code_point};
}

std::size_t utf8_valid_end(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    // Eight ASCII bytes at once.
    std::uint64_t block = 0;
    while (at + 8 <= text.size() && (std::memcpy(&block, text.data() + at, 8), (block & 0x8080808080808080u) == 0)) at += 8;
    if (at >= text.size()) break;
    const Utf8Step step = utf8_step(text, at);
    if (step.state != Utf8State::ok) break;
    at += step.length;
  }
  return at;
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&out](char32_t value) { out.push_back(static_cast<char>(static_cast<unsigned char>(value))); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6)), put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12)), put(0x80 | ((c >> 6) & 0x3F)), put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18)), put(0x80 | ((c >> 12) & 0x3F)), put(0x80 | ((c >> 6) & 0x3F)), put(0x80 | (c & 0x3F));
  }
}

bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

}  // namespace roundhouse::text
