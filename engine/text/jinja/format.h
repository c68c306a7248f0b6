// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/jinja/value.h"

namespace roundhouse::jinja {

// `format % arguments` with C-like directives.
Value format_printf(Meter& meter, const Value& format, const Value& arguments);

// Looks up `.name` or `[name]` of a replacement field; may fail.
class FieldLookup {
 public:
  virtual ~FieldLookup() = default;
  virtual Value attribute(const Value& object, std::string_view name) = 0;
  virtual Value element(const Value& object, const Value& key) = 0;
};

// format.format(*positional, **named).
Value format_braces(Meter& meter, const Text& format, const CallArguments& arguments, FieldLookup& lookup);

}  // namespace roundhouse::jinja
