// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/jinja/python.h"

namespace roundhouse::jinja {

// What string methods and filters share. Marks of foreign bytes follow their bytes; results of markup are markup.

// Applies a mapping of bytes to the foreign and the own stretches separately.
Value map_text(Meter& meter, const Text& text, const std::function<std::string(std::string_view)>& map);
// `characters` none: white space.
Value strip(Meter& meter, const Text& text, const Value& characters, bool left, bool right);
// `separator` none: runs of white space. `limit` < 0: no limit.
std::vector<Value> split(Meter& meter, const Text& text, const Value& separator, std::int64_t limit, bool from_right);
std::vector<Value> split_lines(Meter& meter, const Text& text, bool keep_ends);
Value replace(Meter& meter, const Text& text, const Value& from, const Value& to, std::int64_t limit);
Value join(Meter& meter, const Text& separator, const std::vector<Value>& items);  // items are strings
// `left` and `right` copies of `fill` around the text.
Value pad(Meter& meter, const Text& text, std::int64_t left, std::int64_t right, std::string_view fill);

}  // namespace roundhouse::jinja
