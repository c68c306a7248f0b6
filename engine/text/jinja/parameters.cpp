// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "engine/text/jinja/builtins.h"
#include "engine/text/jinja/python.h"

namespace roundhouse::jinja {

Parameters::Parameters(const char* function, CallArguments arguments, std::vector<std::string_view> names)
    : function_(function), names_(std::move(names)), values_(names_.size()), given_(names_.size()) {
  if (arguments.positional.size() > names_.size()) {
    fail(std::string(function) + "() takes at most " + std::to_string(names_.size()) + " arguments (" +
         std::to_string(arguments.positional.size()) + " given)");
  }
  for (std::size_t i = 0; i < arguments.positional.size(); ++i) {
    values_[i] = std::move(arguments.positional[i]);
    given_[i] = true;
  }
  for (auto& [name, value] : arguments.named) {
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found == names_.end()) fail(std::string(function) + "() got an unexpected keyword argument " + quoted(name));
    const auto index = static_cast<std::size_t>(found - names_.begin());
    if (given_[index]) fail(std::string(function) + "() got multiple values for argument " + quoted(name));
    values_[index] = std::move(value);
    given_[index] = true;
  }
}

const Value& Parameters::operator[](std::size_t index) const {
  if (!given_[index]) fail(std::string(function_) + "() missing 1 required argument: " + quoted(names_[index]));
  return values_[index];
}

bool Parameters::flag(std::size_t index, bool otherwise) const { return given_[index] ? truthy(values_[index]) : otherwise; }

}  // namespace roundhouse::jinja
