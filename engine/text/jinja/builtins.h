// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "engine/text/jinja/value.h"

namespace roundhouse::jinja {

class Interpreter;

// Filters and tests by name: an index for the calls below, -1 if there is none.
int find_filter(std::string_view name);
int find_test(std::string_view name);

Value call_filter(Interpreter& interpreter, int filter, const Value& subject, CallArguments arguments);
bool call_test(Interpreter& interpreter, int test, const Value& subject, CallArguments arguments);

// Functions every template sees: range, namespace, dict, cycler, joiner, raise_exception, strftime_now.
// Undefined name: nothing is set and false returned.
bool find_global(std::string_view name, Value& out);

// A method of str, dict or list as an attribute value; false when the type has none of that name.
// What Python has and the sandbox refuses gives an undefined value that says so.
bool find_method(Meter& meter, const Value& object, std::string_view name, Value& out);

// Takes a call's arguments by name or position, as a Python signature does.
class Parameters {
 public:
  // `names`: all parameters in order. Fails when there are too many or unknown ones; `function` is named then.
  Parameters(const char* function, CallArguments arguments, std::vector<std::string_view> names);
  bool has(std::size_t index) const { return given_[index]; }
  // The argument, or `otherwise`; without it the argument is required.
  const Value& operator[](std::size_t index) const;
  Value get(std::size_t index, Value otherwise) const { return given_[index] ? values_[index] : std::move(otherwise); }
  bool flag(std::size_t index, bool otherwise = false) const;

 private:
  const char* function_;
  std::vector<std::string_view> names_;
  std::vector<Value> values_;
  std::vector<bool> given_;
};

}  // namespace roundhouse::jinja
