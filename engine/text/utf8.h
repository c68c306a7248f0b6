// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace roundhouse::text {

inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";  // U+FFFD

enum class Utf8State : std::uint8_t {
  ok,
  invalid,     // can never become a character, whatever follows
  incomplete,  // the text ends inside a so far correct sequence
};

// One step through a text. `length` >= 1 bytes belong together: the character, or the longest prefix of one
// (Unicode 15, 3.9, "maximal subpart").
struct Utf8Step {
  Utf8State state;
  std::uint8_t length;
  char32_t code_point;  // when ok
};

// `at` < text.size().
Utf8Step utf8_step(std::string_view text, std::size_t at);

// Bytes from `at` up to the first one that is not well-formed UTF-8, or the end.
std::size_t utf8_valid_end(std::string_view text, std::size_t at = 0);

// `code_point` <= 0x10FFFF, no surrogate.
void append_utf8(std::string& out, char32_t code_point);

bool is_ascii(std::string_view text);

}  // namespace roundhouse::text
