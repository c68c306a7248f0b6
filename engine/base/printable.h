// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace roundhouse {

// Text from a file, fit for an error message or a log line: valid UTF-8 is kept, control characters,
// invalid bytes and backslashes become \xNN, and at most `limit` bytes of the text are shown (then "…").
std::string printable(std::string_view text, std::size_t limit = 120);

// Whether all of it is well-formed UTF-8 (Unicode 15, table 3-7: no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

}  // namespace roundhouse
