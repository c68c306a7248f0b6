// SPDX-License-Identifier: Apache-2.0
#include "engine/io/json.h"

#include <fmt/format.h>

#include <cmath>
#include <new>
#include <optional>
#include <unordered_set>

#include "engine/base/printable.h"
#include "roundhouse/text_file.h"

namespace roundhouse {
namespace {

// Builds a value from the library's events, counting depth and values, refusing keys that repeat.
template <class Value>
class Builder {
 public:
  Builder(const std::string& name, const JsonLimits& limits) : name_(name), limits_(limits) {}

  Result<Value> take() {
    if (error_) return std::move(*error_);
    return std::move(root_);
  }

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(typename Value::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(Value::object()); }
  bool end_object() { return close(); }
  bool start_array(std::size_t) { return open(Value::array()); }
  bool end_array() { return close(); }

  bool key(std::string& key) {
    Level& level = levels_.back();
    if (!level.keys.insert(key).second) {
      return fail(ErrorCode::malformed, "each key of an object once", fmt::format("'{}' a second time", printable(key)));
    }
    auto& members = level.value->template get_ref<typename Value::object_t&>();
    if constexpr (std::is_same_v<Value, OrderedJson>) {
      members.emplace_back(std::move(key), Value());  // its own emplace would search all keys first
      level.slot = &members.back().second;
    } else {
      level.slot = &members[std::move(key)];
    }
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& problem) {
    std::string text = problem.what();  // "[json.exception.parse_error.101] parse error at line 1, column 2: …"
    if (const std::size_t end = text.find("] "); end != std::string::npos) text.erase(0, end + 2);
    return fail(ErrorCode::malformed, "JSON", printable(text, 300));
  }

  bool fail(ErrorCode code, std::string expected, std::string received) {
    error_ = Error{code, "read JSON", name_, std::move(expected), std::move(received)};
    return false;
  }

 private:
  struct Level {
    Value* value;
    Value* slot = nullptr;  // where the value of the key just read belongs
    std::unordered_set<std::string> keys;
  };

  template <class Content>
  Value* place(Content&& content) {
    if (++values_ > limits_.values) {
      fail(ErrorCode::limit, fmt::format("at most {} values", limits_.values), "more");
      return nullptr;
    }
    if (levels_.empty()) {
      root_ = std::forward<Content>(content);
      return &root_;
    }
    Level& level = levels_.back();
    if (level.value->is_array()) {
      auto& elements = level.value->template get_ref<typename Value::array_t&>();
      elements.emplace_back(std::forward<Content>(content));
      return &elements.back();
    }
    *level.slot = std::forward<Content>(content);
    return level.slot;
  }

  template <class Content>
  bool add(Content&& content) {
    return place(std::forward<Content>(content)) != nullptr;
  }

  bool open(Value empty) {
    if (levels_.size() >= static_cast<std::size_t>(limits_.depth)) {
      return fail(ErrorCode::limit, fmt::format("objects and arrays at most {} deep", limits_.depth), "deeper ones");
    }
    Value* const value = place(std::move(empty));
    if (value == nullptr) return false;
    levels_.push_back({value, nullptr, {}});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  const std::string& name_;
  const JsonLimits& limits_;
  Value root_;
  std::vector<Level> levels_;
  std::size_t values_ = 0;
  std::optional<Error> error_;
};

template <class Value>
Result<Value> parse_as(std::string_view text, const std::string& name, const JsonLimits& limits) {
  Builder<Value> builder(name, limits);
  if (text.size() > limits.bytes) {
    builder.fail(ErrorCode::limit, fmt::format("at most {} bytes", limits.bytes), fmt::format("{}", text.size()));
    return builder.take();
  }
  try {
    Value::sax_parse(text.begin(), text.end(), &builder);
  } catch (const std::bad_alloc&) {
    builder.fail(ErrorCode::out_of_memory, "enough memory", "a refusal of the system");
  } catch (const std::exception& problem) {
    builder.fail(ErrorCode::internal, "an error value", problem.what());
  }
  return builder.take();
}

const char* kind(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null: return "null";
    case Json::value_t::object: return "an object";
    case Json::value_t::array: return "an array";
    case Json::value_t::string: return "a string";
    case Json::value_t::boolean: return "a boolean";
    default: return "a number";
  }
}

std::optional<std::int64_t> as_integer(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) {
    const auto number = value.get<double>();
    if (number == std::trunc(number) && std::fabs(number) <= 9007199254740992.0) return static_cast<std::int64_t>(number);
  }
  return std::nullopt;
}

}  // namespace

Result<Json> parse_json(std::string_view text, const std::string& name, const JsonLimits& limits) {
  return parse_as<Json>(text, name, limits);
}

Result<OrderedJson> parse_ordered_json(std::string_view text, const std::string& name, const JsonLimits& limits) {
  return parse_as<OrderedJson>(text, name, limits);
}

Result<Json> read_json_file(const std::string& path, const JsonLimits& limits) {
  RH_ASSIGN(const std::string text, read_text_file(path, limits.bytes));
  return parse_json(text, path, limits);
}

std::string dump_json(const Json& value, int indent) { return value.dump(indent, ' ', false, Json::error_handler_t::replace); }
std::string dump_json(const OrderedJson& value, int indent) { return value.dump(indent, ' ', false, OrderedJson::error_handler_t::replace); }

Result<JsonView> JsonView::of(const Json& value, std::string where) {
  if (!value.is_object()) return Error{ErrorCode::malformed, "read JSON", where, "an object", kind(value)};
  return JsonView(value, std::move(where), "");
}

const Json* JsonView::find(std::string_view key) const {
  const auto found = object_->find(key);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

std::string JsonView::name_of(std::string_view key) const { return fmt::format("'{}{}' in {}", path_, key, where_); }

Result<const Json*> JsonView::require(std::string_view key, std::string_view expected) const {
  if (const Json* value = find(key)) return value;
  return Error{ErrorCode::not_found, "read JSON", name_of(key), std::string(expected), "no such key"};
}

Error JsonView::mismatch(std::string_view key, std::string_view expected, const Json& value) const {
  std::string received = kind(value);
  if (value.is_primitive()) received += fmt::format(" ({})", printable(dump_json(value), 80));
  return Error{ErrorCode::malformed, "read JSON", name_of(key), std::string(expected), std::move(received)};
}

Result<JsonView> JsonView::object(std::string_view key) const {
  RH_ASSIGN(const Json* value, require(key, "an object"));
  if (!value->is_object()) return mismatch(key, "an object", *value);
  return JsonView(*value, where_, fmt::format("{}{}.", path_, key));
}

Result<std::string> JsonView::string(std::string_view key) const {
  RH_ASSIGN(const Json* value, require(key, "a string"));
  if (!value->is_string()) return mismatch(key, "a string", *value);
  return value->get_ref<const std::string&>();
}

Result<std::int64_t> JsonView::integer(std::string_view key) const {
  RH_ASSIGN(const Json* value, require(key, "an integer"));
  if (const auto number = as_integer(*value)) return *number;
  return mismatch(key, "an integer", *value);
}

Result<double> JsonView::number(std::string_view key) const {
  RH_ASSIGN(const Json* value, require(key, "a number"));
  if (!value->is_number()) return mismatch(key, "a number", *value);
  return value->get<double>();
}

Result<bool> JsonView::boolean(std::string_view key) const {
  RH_ASSIGN(const Json* value, require(key, "true or false"));
  if (!value->is_boolean()) return mismatch(key, "true or false", *value);
  return value->get<bool>();
}

Result<std::string> JsonView::string_or(std::string_view key, std::string fallback) const {
  if (!contains(key)) return fallback;
  return string(key);
}
Result<std::int64_t> JsonView::integer_or(std::string_view key, std::int64_t fallback) const {
  if (!contains(key)) return fallback;
  return integer(key);
}
Result<double> JsonView::number_or(std::string_view key, double fallback) const {
  if (!contains(key)) return fallback;
  return number(key);
}
Result<bool> JsonView::boolean_or(std::string_view key, bool fallback) const {
  if (!contains(key)) return fallback;
  return boolean(key);
}

Result<std::vector<std::int64_t>> JsonView::integers(std::string_view key) const {
  RH_ASSIGN(const Json* value, require(key, "an array of integers"));
  if (!value->is_array()) return mismatch(key, "an array of integers", *value);
  std::vector<std::int64_t> result;
  for (const Json& element : *value) {
    const auto number = as_integer(element);
    if (!number) return mismatch(key, "integers in the array", element);
    result.push_back(*number);
  }
  return result;
}

Result<std::vector<double>> JsonView::numbers(std::string_view key) const {
  RH_ASSIGN(const Json* value, require(key, "an array of numbers"));
  if (!value->is_array()) return mismatch(key, "an array of numbers", *value);
  std::vector<double> result;
  for (const Json& element : *value) {
    if (!element.is_number()) return mismatch(key, "numbers in the array", element);
    result.push_back(element.get<double>());
  }
  return result;
}

Result<std::vector<std::string>> JsonView::strings(std::string_view key) const {
  RH_ASSIGN(const Json* value, require(key, "an array of strings"));
  if (!value->is_array()) return mismatch(key, "an array of strings", *value);
  std::vector<std::string> result;
  for (const Json& element : *value) {
    if (!element.is_string()) return mismatch(key, "strings in the array", element);
    result.push_back(element.get<std::string>());
  }
  return result;
}

}  // namespace roundhouse
