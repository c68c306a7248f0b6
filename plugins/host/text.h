// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace roundhouse::plugins {

// Offset of the first byte that is not well-formed UTF-8 (Unicode 15, table 3-7), or npos.
std::size_t invalid_utf8(std::string_view text);

// Text from outside, fit for one line of a message: valid UTF-8 is kept, control characters, invalid bytes and
// backslashes become \xNN, and what lies beyond `limit` bytes is cut ("…").
enum class Backslash { escape, keep };  // keep: for what was made by one_line() and may have been changed since
std::string one_line(std::string_view text, std::size_t limit = 200, Backslash backslash = Backslash::escape);

}  // namespace roundhouse::plugins
