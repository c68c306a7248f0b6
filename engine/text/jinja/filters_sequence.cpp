// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "engine/text/jinja/filters.h"
#include "engine/text/jinja/interpreter.h"
#include "engine/text/jinja/text_functions.h"
#include "engine/text/normalize.h"
#include "engine/text/utf8.h"

namespace roundhouse::jinja {
namespace {

// Looks up "a.b.0" (or an integer) step by step; what is missing on the way becomes `otherwise`, if given.
class AttributeGetter {
 public:
  AttributeGetter(Interpreter& interpreter, const Value& attribute, Value otherwise = Value())
      : interpreter_(interpreter), otherwise_(std::move(otherwise)) {
    if (attribute.is_none()) return;
    if (!attribute.is_text()) {
      parts_.push_back(attribute);
      return;
    }
    for (const Value& part : split(interpreter.meter(), attribute.text(), Value::text("."), -1, false)) {
      std::int64_t index = 0;
      const std::string& bytes = part.bytes();
      const auto read = std::from_chars(bytes.data(), bytes.data() + bytes.size(), index);
      const bool digits = !bytes.empty() && bytes.find_first_not_of("0123456789") == std::string::npos && read.ec == std::errc();
      parts_.push_back(digits ? Value(index) : part);
    }
  }

  Value operator()(Value value) const {
    for (const Value& part : parts_) {
      value = interpreter_.element(value, part);
      if (value.is_undefined() && !otherwise_.is_none()) value = otherwise_;
    }
    return value;
  }

 private:
  Interpreter& interpreter_;
  std::vector<Value> parts_;
  Value otherwise_;
};

Value without_case(Interpreter& interpreter, const Value& value) {
  return value.is_text() ? map_text(interpreter.meter(), value.text(), roundhouse::text::to_lower) : value;
}

// Stable, by keys computed once. The keys are compared as Python's sort does: is the later one less?
template <class Key>
std::vector<Value> sorted(Interpreter& interpreter, std::vector<Value> items, bool reverse, Key key) {
  Meter& meter = interpreter.meter();
  std::vector<std::pair<Value, Value>> keyed;
  meter.charge(items.size() * sizeof(keyed[0]));
  if (reverse) std::reverse(items.begin(), items.end());
  for (Value& item : items) {
    Value item_key = key(item);
    keyed.emplace_back(std::move(item_key), std::move(item));
  }
  std::stable_sort(keyed.begin(), keyed.end(), [&meter](const auto& a, const auto& b) { return compare(meter, a.first, b.first, "<") == -1; });
  if (reverse) std::reverse(keyed.begin(), keyed.end());
  items.clear();
  for (auto& entry : keyed) items.push_back(std::move(entry.second));
  return items;
}

Value list(Interpreter& i, const Value& v, const Parameters&) { return Value::list(i.meter(), iterate(i.meter(), v)); }
Value length_filter(Interpreter&, const Value& v, const Parameters&) { return Value(length(v)); }

Value first(Interpreter& interpreter, const Value& value, const Parameters&) {
  const std::vector<Value> items = iterate(interpreter.meter(), value);
  return items.empty() ? Value::undefined("No first item, sequence was empty.") : items.front();
}
Value last(Interpreter& interpreter, const Value& value, const Parameters&) {
  if (value.is_list() && value.list()->kind == ListKind::generator) fail("'generator' object is not reversible");
  const std::vector<Value> items = iterate(interpreter.meter(), value);
  return items.empty() ? Value::undefined("No last item, sequence was empty.") : items.back();
}

Value reverse(Interpreter& interpreter, const Value& value, const Parameters&) {
  std::vector<Value> items = iterate(interpreter.meter(), value);
  std::reverse(items.begin(), items.end());
  if (value.is_text()) return join(interpreter.meter(), Text{}, items);
  return Value::list(interpreter.meter(), std::move(items), ListKind::generator);
}

Value join_filter(Interpreter& interpreter, const Value& value, const Parameters& parameters) {
  Meter& meter = interpreter.meter();
  const Value separator(to_text(meter, parameters.get(0, Value::text(""))));
  const AttributeGetter attribute(interpreter, parameters.get(1, Value()));
  std::vector<Value> items = iterate(meter, value);
  for (Value& item : items) item = Value(to_text(meter, attribute(std::move(item))));
  // Plain joining: the marks of markup get lost, as without automatic escaping in jinja2.
  Text plain = separator.text();
  plain.markup = false;
  return join(meter, plain, items);
}

Value items_filter(Interpreter& interpreter, const Value& value, const Parameters&) {
  if (value.is_undefined()) return Value::list(interpreter.meter(), {}, ListKind::generator);
  if (!value.is_dict()) fail("Can only get item pairs from a mapping.");
  std::vector<Value> pairs;
  for (const auto& [key, element] : value.dict()->entries()) pairs.push_back(Value::list(interpreter.meter(), {key, element}, ListKind::tuple));
  return Value::list(interpreter.meter(), std::move(pairs), ListKind::generator);
}

Value dictsort(Interpreter& interpreter, const Value& value, const Parameters& parameters) {
  if (value.is_undefined()) fail(value.undefined().message);
  if (!value.is_dict()) fail(std::string("'") + value.type_name() + "' object has no attribute 'items'");
  const bool case_sensitive = parameters.flag(0);
  const Value by = parameters.get(1, Value::text("key"));
  if (!by.is_text() || (by.bytes() != "key" && by.bytes() != "value")) fail("You can only sort by either \"key\" or \"value\"");
  const std::size_t index = by.bytes() == "key" ? 0 : 1;
  std::vector<Value> pairs;
  for (const auto& [key, element] : value.dict()->entries()) pairs.push_back(Value::list(interpreter.meter(), {key, element}, ListKind::tuple));
  pairs = sorted(interpreter, std::move(pairs), parameters.flag(2), [&](const Value& pair) {
    const Value& part = pair.list()->items[index];
    return case_sensitive ? part : without_case(interpreter, part);
  });
  return Value::list(interpreter.meter(), std::move(pairs));
}

Value sort(Interpreter& interpreter, const Value& value, const Parameters& parameters) {
  const bool case_sensitive = parameters.flag(1);
  const Value attribute = parameters.get(2, Value());
  std::vector<AttributeGetter> getters;
  if (attribute.is_text()) {
    for (const Value& part : split(interpreter.meter(), attribute.text(), Value::text(","), -1, false)) getters.emplace_back(interpreter, part);
  } else {
    getters.emplace_back(interpreter, attribute);
  }
  std::vector<Value> items = sorted(interpreter, iterate(interpreter.meter(), value), parameters.flag(0), [&](const Value& item) {
    std::vector<Value> key;
    for (const AttributeGetter& get : getters) key.push_back(case_sensitive ? get(item) : without_case(interpreter, get(item)));
    return Value::list(interpreter.meter(), std::move(key));
  });
  return Value::list(interpreter.meter(), std::move(items));
}

Value unique(Interpreter& interpreter, const Value& value, const Parameters& parameters) {
  const AttributeGetter attribute(interpreter, parameters.get(1, Value()));
  Dict seen;
  std::vector<Value> items;
  for (Value& item : iterate(interpreter.meter(), value)) {
    Value key = parameters.flag(0) ? attribute(item) : without_case(interpreter, attribute(item));
    if (seen.find(interpreter.meter(), key) != nullptr) continue;
    seen.set(interpreter.meter(), std::move(key), Value());
    items.push_back(std::move(item));
  }
  return Value::list(interpreter.meter(), std::move(items), ListKind::generator);
}

Value extreme(Interpreter& interpreter, const Value& value, const Parameters& parameters, bool largest) {
  const AttributeGetter attribute(interpreter, parameters.get(1, Value()));
  const auto key = [&](const Value& item) { return parameters.flag(0) ? attribute(item) : without_case(interpreter, attribute(item)); };
  const std::vector<Value> items = iterate(interpreter.meter(), value);
  if (items.empty()) return Value::undefined("No aggregated item, sequence was empty.");
  std::size_t best = 0;
  Value best_key = key(items[0]);
  for (std::size_t i = 1; i < items.size(); ++i) {
    Value candidate = key(items[i]);
    const int order = compare(interpreter.meter(), candidate, best_key, largest ? ">" : "<");
    if (order == (largest ? 1 : -1)) best = i, best_key = std::move(candidate);
  }
  return items[best];
}
Value max(Interpreter& i, const Value& v, const Parameters& p) { return extreme(i, v, p, true); }
Value min(Interpreter& i, const Value& v, const Parameters& p) { return extreme(i, v, p, false); }

Value sum(Interpreter& interpreter, const Value& value, const Parameters& parameters) {
  const AttributeGetter attribute(interpreter, parameters.get(0, Value()));
  Value total = parameters.get(1, Value(std::int64_t{0}));
  for (const Value& item : iterate(interpreter.meter(), value)) total = arithmetic(interpreter.meter(), Operator::add, total, attribute(item));
  return total;
}

Value batch(Interpreter& interpreter, const Value& value, const Parameters& parameters) {
  Meter& meter = interpreter.meter();
  const std::int64_t size = index_of(parameters[0], "batch");
  const Value fill = parameters.get(1, Value());
  if (size > 1'000'000) fail_limit("batches of that size");
  std::vector<Value> batches, current;
  for (Value& item : iterate(meter, value)) {
    if (static_cast<std::int64_t>(current.size()) == size) batches.push_back(Value::list(meter, std::exchange(current, {})));
    current.push_back(std::move(item));
  }
  if (!current.empty()) {
    if (!fill.is_none()) {
      while (static_cast<std::int64_t>(current.size()) < size) meter.charge(sizeof(Value)), current.push_back(fill);
    }
    batches.push_back(Value::list(meter, std::move(current)));
  }
  return Value::list(meter, std::move(batches), ListKind::generator);
}

Value slice_filter(Interpreter& interpreter, const Value& value, const Parameters& parameters) {
  Meter& meter = interpreter.meter();
  const std::int64_t count = index_of(parameters[0], "slice");
  const Value fill = parameters.get(1, Value());
  if (count == 0) fail("integer division or modulo by zero");
  if (count > 1'000'000) fail_limit("that many slices");
  const std::vector<Value> items = iterate(meter, value);
  const auto size = static_cast<std::int64_t>(items.size());
  std::vector<Value> slices;
  const std::int64_t each = count > 0 ? size / count : 0, longer = count > 0 ? size % count : 0;
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t end = at + each + (i < longer ? 1 : 0);
    std::vector<Value> part(items.begin() + at, items.begin() + end);
    if (!fill.is_none() && i >= longer) part.push_back(fill);
    slices.push_back(Value::list(meter, std::move(part)));
    at = end;
  }
  return Value::list(meter, std::move(slices), ListKind::generator);
}


Value groupby(Interpreter& interpreter, const Value& value, const Parameters& parameters) {
  Meter& meter = interpreter.meter();
  const AttributeGetter attribute(interpreter, parameters[0], parameters.get(1, Value()));
  const bool case_sensitive = parameters.flag(2);
  const auto key = [&](const Value& item) { return case_sensitive ? attribute(item) : without_case(interpreter, attribute(item)); };
  const std::vector<Value> items = sorted(interpreter, iterate(meter, value), false, key);
  std::vector<Value> groups;
  for (std::size_t begin = 0; begin < items.size();) {
    const Value group_key = key(items[begin]);
    std::vector<Value> members;
    std::size_t end = begin;
    for (; end < items.size() && equal(meter, key(items[end]), group_key); ++end) members.push_back(items[end]);
    if (end == begin) members.push_back(items[end++]);  // a key unequal to itself
    groups.push_back(Value::list(meter, {attribute(items[begin]), Value::list(meter, std::move(members))}, ListKind::tuple));
    begin = end;
  }
  return Value::list(meter, std::move(groups));
}

Value attr(Interpreter& interpreter, const Value& value, const Parameters& parameters) {
  // Attributes only: elements of a dictionary are none.
  const Value name(to_text(interpreter.meter(), parameters[0]));
  if (value.is_undefined()) fail(value.undefined().message);
  Value out;
  if (value.is_object() && value.object()->attribute(interpreter, name.bytes(), out)) return out;
  if (find_method(interpreter.meter(), value, name.bytes(), out)) return out;
  return undefined_member(interpreter.meter(), value, name);
}

// ---- filters that apply another filter or test ----

Value take_first(CallArguments& arguments) {
  Value value = std::move(arguments.positional.front());
  arguments.positional.erase(arguments.positional.begin());
  return value;
}

Value map(Interpreter& interpreter, const Value& value, CallArguments arguments) {
  Meter& meter = interpreter.meter();
  if (!truthy(value)) return Value::list(meter, {}, ListKind::generator);  // also of none or 0; the filter is not looked at
  std::vector<Value> items = iterate(meter, value);
  if (arguments.positional.empty()) {
    Value attribute, otherwise;
    for (auto& [name, argument] : arguments.named) {
      if (name == "attribute") attribute = std::move(argument);
      else if (name == "default") otherwise = std::move(argument);
      else fail(attribute.is_none() ? "map requires a filter argument" : "Unexpected keyword argument " + quoted(name));
    }
    if (attribute.is_none()) fail("map requires a filter argument");
    const AttributeGetter get(interpreter, attribute, otherwise);
    for (Value& item : items) item = get(std::move(item));
    return Value::list(meter, std::move(items), ListKind::generator);
  }
  const Value name = take_first(arguments);
  const int filter = name.is_text() ? find_filter(name.bytes()) : -1;
  if (filter < 0) fail("No filter named " + (name.is_text() ? quoted(name.bytes()) : std::string(name.type_name())) + ".");
  for (Value& item : items) item = call_filter(interpreter, filter, item, arguments);
  return Value::list(meter, std::move(items), ListKind::generator);
}

Value selected(Interpreter& interpreter, const Value& value, CallArguments arguments, bool by_attribute, bool wanted) {
  Meter& meter = interpreter.meter();
  if (!truthy(value)) return Value::list(meter, {}, ListKind::generator);
  Value attribute;
  if (by_attribute) {
    if (arguments.positional.empty()) fail("Missing parameter for attribute name");
    attribute = take_first(arguments);
  }
  const AttributeGetter get(interpreter, attribute);
  int test = -1;
  const bool tested = !arguments.positional.empty();
  if (tested) {
    const Value name = take_first(arguments);
    test = name.is_text() ? find_test(name.bytes()) : -1;
    if (test < 0) fail("No test named " + (name.is_text() ? quoted(name.bytes()) : std::string(name.type_name())) + ".");
  }
  std::vector<Value> kept;
  for (Value& item : iterate(meter, value)) {
    const Value subject = get(item);
    if ((tested ? call_test(interpreter, test, subject, arguments) : truthy(subject)) == wanted) kept.push_back(std::move(item));
  }
  return Value::list(meter, std::move(kept), ListKind::generator);
}
Value select(Interpreter& i, const Value& v, CallArguments a) { return selected(i, v, std::move(a), false, true); }
Value reject(Interpreter& i, const Value& v, CallArguments a) { return selected(i, v, std::move(a), false, false); }
Value selectattr(Interpreter& i, const Value& v, CallArguments a) { return selected(i, v, std::move(a), true, true); }
Value rejectattr(Interpreter& i, const Value& v, CallArguments a) { return selected(i, v, std::move(a), true, false); }

}  // namespace

std::span<const Filter> sequence_filters() {
  static const std::vector<Filter> filters = {
      {"attr", {"name"}, attr},
      {"batch", {"linecount", "fill_with"}, batch},
      {"count", {}, length_filter},
      {"dictsort", {"case_sensitive", "by", "reverse"}, dictsort},
      {"first", {}, first},
      {"groupby", {"attribute", "default", "case_sensitive"}, groupby},
      {"items", {}, items_filter},
      {"join", {"d", "attribute"}, join_filter},
      {"last", {}, last},
      {"length", {}, length_filter},
      {"list", {}, list},
      {"map", {}, nullptr, map},
      {"max", {"case_sensitive", "attribute"}, max},
      {"min", {"case_sensitive", "attribute"}, min},
      {"reject", {}, nullptr, reject},
      {"rejectattr", {}, nullptr, rejectattr},
      {"reverse", {}, reverse},
      {"select", {}, nullptr, select},
      {"selectattr", {}, nullptr, selectattr},
      {"slice", {"slices", "fill_with"}, slice_filter},
      {"sort", {"reverse", "case_sensitive", "attribute"}, sort},
      {"sum", {"attribute", "start"}, sum},
      {"unique", {"case_sensitive", "attribute"}, unique},
  };
  return filters;
}

}  // namespace roundhouse::jinja
