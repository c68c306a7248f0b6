// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "engine/text/jinja/value.h"

namespace roundhouse::jinja {

struct JsonStyle {
  bool ascii_only = false;
  bool sort_keys = false;
  std::string indent;  // of one level
  bool pretty = false; // line breaks and indentation
  std::string item_separator = ", ", key_separator = ": ";
};

// As Python's json.dumps writes it. Fails for values JSON does not know.
Value to_json(Meter& meter, const Value& value, const JsonStyle& style);

// Strings become foreign if `foreign`. Fails (malformed, limit) on anything but one JSON value; numbers beyond 64 bits
// become floating point.
Value from_json(Meter& meter, std::string_view json, bool foreign);

}  // namespace roundhouse::jinja
