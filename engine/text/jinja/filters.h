// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "engine/text/jinja/builtins.h"

namespace roundhouse::jinja {

// One filter: its name, its parameters after the subject, and what it does. Filters that pass arguments on (map,
// select, format) take the call as it is.
struct Filter {
  std::string_view name;
  std::vector<std::string_view> parameters;
  Value (*function)(Interpreter&, const Value& subject, const Parameters&) = nullptr;
  Value (*raw)(Interpreter&, const Value& subject, CallArguments) = nullptr;
};

std::span<const Filter> text_filters();      // of strings and numbers
std::span<const Filter> sequence_filters();  // of lists and dictionaries

}  // namespace roundhouse::jinja
