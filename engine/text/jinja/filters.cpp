// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/filters.h"

#include "engine/text/jinja/interpreter.h"

namespace roundhouse::jinja {
namespace {

const Filter& filter_at(int index) {
  const auto first = text_filters();
  const auto at = static_cast<std::size_t>(index);
  return at < first.size() ? first[at] : sequence_filters()[at - first.size()];
}

}  // namespace

int find_filter(std::string_view name) {
  int index = 0;
  for (const auto table : {text_filters(), sequence_filters()}) {
    for (const Filter& filter : table) {
      if (filter.name == name) return index;
      ++index;
    }
  }
  return -1;
}

Value call_filter(Interpreter& interpreter, int index, const Value& subject, CallArguments arguments) {
  const Filter& filter = filter_at(index);
  const Meter::Depth depth(interpreter.meter());
  interpreter.meter().step();
  if (filter.raw != nullptr) return filter.raw(interpreter, subject, std::move(arguments));
  if (filter.function == nullptr) fail_unsupported("the filter '" + std::string(filter.name) + "'");
  const Parameters parameters(filter.name.data(), std::move(arguments), filter.parameters);
  return filter.function(interpreter, subject, parameters);
}

}  // namespace roundhouse::jinja
