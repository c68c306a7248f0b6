// SPDX-License-Identifier: Apache-2.0
#include "engine/io/gguf_metadata.h"

#include <fmt/format.h>

#include <utility>

#include "engine/base/checked.h"
#include "engine/base/printable.h"

namespace roundhouse {
namespace {

std::string describe(const GgufValue& value) {
  if (const auto* array = std::get_if<GgufArray>(&value.value)) {
    return fmt::format("array of {} {}", array->size(), gguf_value_type_name(array->element_type));
  }
  return fmt::format("{} {}", gguf_value_type_name(value.type), value.to_text(60));
}

std::string element_text(bool boolean, std::uint64_t value) {
  return boolean ? (value ? "true" : "false") : std::to_string(value);
}

void append_array(std::string& text, const GgufArray& array, std::size_t limit) {
  text += '[';
  const auto list = [&](const auto& elements, const auto& show) {
    for (std::size_t i = 0; i < elements.size(); ++i) {
      if (i > 0) text += ", ";
      if (text.size() >= limit) {
        text += "…";
        return;
      }
      show(elements[i]);
    }
  };
  const bool boolean = array.element_type == GgufValueType::boolean;
  std::visit(
      [&](const auto& elements) {
        using Element = typename std::decay_t<decltype(elements)>::value_type;
        list(elements, [&](const Element& element) {
          if constexpr (std::is_same_v<Element, std::string>) text += fmt::format("\"{}\"", printable(element, limit));
          else if constexpr (std::is_same_v<Element, GgufArray>) append_array(text, element, limit);
          else if constexpr (std::is_same_v<Element, std::uint64_t>) text += element_text(boolean, element);
          else text += fmt::format("{}", element);
        });
      },
      array.elements);
  text += ']';
}

// An integer of either sign within int64.
std::optional<std::int64_t> as_integer(const GgufValue& value) {
  if (value.type == GgufValueType::boolean) return std::nullopt;
  if (const auto* number = std::get_if<std::uint64_t>(&value.value)) return checked_cast<std::int64_t>(*number);
  if (const auto* number = std::get_if<std::int64_t>(&value.value)) return *number;
  return std::nullopt;
}

}  // namespace

std::size_t GgufArray::size() const {
  return std::visit([](const auto& list) { return list.size(); }, elements);
}

std::string GgufValue::to_text(std::size_t limit) const {
  if (const auto* text = std::get_if<std::string>(&value)) return printable(*text, limit);
  if (const auto* array = std::get_if<GgufArray>(&value)) {
    std::string text;
    append_array(text, *array, limit);
    return text + fmt::format(" ({} × {})", array->size(), gguf_value_type_name(array->element_type));
  }
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return element_text(type == GgufValueType::boolean, *number);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (type == GgufValueType::f32) return fmt::format("{}", static_cast<float>(std::get<double>(value)));
  return fmt::format("{}", std::get<double>(value));
}

GgufValue GgufValue::of_strings(std::vector<std::string> texts) {
  return {GgufValueType::array, GgufArray{GgufValueType::string, std::move(texts)}};
}
GgufValue GgufValue::of_i32s(std::vector<std::int64_t> numbers) {
  return {GgufValueType::array, GgufArray{GgufValueType::i32, std::move(numbers)}};
}
GgufValue GgufValue::of_f32s(std::vector<double> numbers) {
  return {GgufValueType::array, GgufArray{GgufValueType::f32, std::move(numbers)}};
}

const GgufValue* GgufMetadata::find(std::string_view key) const {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &entries_[found->second].value;
}

bool GgufMetadata::add(std::string key, GgufValue value) {
  if (!index_.emplace(key, entries_.size()).second) return false;
  entries_.push_back({std::move(key), std::move(value)});
  return true;
}

Result<const GgufValue*> GgufMetadata::require(std::string_view key, std::string_view expected) const {
  if (const GgufValue* value = find(key)) return value;
  return Error{ErrorCode::not_found, "read GGUF metadata", fmt::format("'{}' in {}", key, file_), std::string(expected), "no such key"};
}

Error GgufMetadata::mismatch(std::string_view key, std::string_view expected, const GgufValue& value) const {
  return Error{ErrorCode::malformed, "read GGUF metadata", fmt::format("'{}' in {}", key, file_), std::string(expected), describe(value)};
}

Result<std::int64_t> GgufMetadata::integer(std::string_view key) const {
  RH_ASSIGN(const GgufValue* value, require(key, "an integer"));
  if (const auto number = as_integer(*value)) return *number;
  return mismatch(key, "an integer", *value);
}

Result<double> GgufMetadata::number(std::string_view key) const {
  RH_ASSIGN(const GgufValue* value, require(key, "a number"));
  if (const auto* number = std::get_if<double>(&value->value)) return *number;
  if (const auto number = as_integer(*value)) return static_cast<double>(*number);
  return mismatch(key, "a number", *value);
}

Result<bool> GgufMetadata::boolean(std::string_view key) const {
  RH_ASSIGN(const GgufValue* value, require(key, "a bool"));
  if (value->type == GgufValueType::boolean) return std::get<std::uint64_t>(value->value) != 0;
  return mismatch(key, "a bool", *value);
}

Result<std::string> GgufMetadata::string(std::string_view key) const {
  RH_ASSIGN(const GgufValue* value, require(key, "a string"));
  if (const auto* text = std::get_if<std::string>(&value->value)) return *text;
  return mismatch(key, "a string", *value);
}

Result<std::int64_t> GgufMetadata::integer_or(std::string_view key, std::int64_t fallback) const {
  if (!contains(key)) return fallback;
  return integer(key);
}
Result<double> GgufMetadata::number_or(std::string_view key, double fallback) const {
  if (!contains(key)) return fallback;
  return number(key);
}
Result<bool> GgufMetadata::boolean_or(std::string_view key, bool fallback) const {
  if (!contains(key)) return fallback;
  return boolean(key);
}
Result<std::string> GgufMetadata::string_or(std::string_view key, std::string fallback) const {
  if (!contains(key)) return fallback;
  return string(key);
}

Result<std::vector<std::int64_t>> GgufMetadata::integers(std::string_view key) const {
  constexpr std::string_view expected = "an array of integers";
  RH_ASSIGN(const GgufValue* value, require(key, expected));
  const auto* array = std::get_if<GgufArray>(&value->value);
  if (array == nullptr || array->element_type == GgufValueType::boolean) return mismatch(key, expected, *value);
  if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&array->elements)) return *numbers;
  const auto* numbers = std::get_if<std::vector<std::uint64_t>>(&array->elements);
  if (numbers == nullptr) return mismatch(key, expected, *value);
  std::vector<std::int64_t> result;
  result.reserve(numbers->size());
  for (const std::uint64_t number : *numbers) {
    const auto fits = checked_cast<std::int64_t>(number);
    if (!fits) return mismatch(key, "integers below 2^63", *value);
    result.push_back(*fits);
  }
  return result;
}

Result<std::vector<double>> GgufMetadata::numbers(std::string_view key) const {
  constexpr std::string_view expected = "an array of numbers";
  RH_ASSIGN(const GgufValue* value, require(key, expected));
  const auto* array = std::get_if<GgufArray>(&value->value);
  if (array == nullptr || array->element_type == GgufValueType::boolean) return mismatch(key, expected, *value);
  if (const auto* numbers = std::get_if<std::vector<double>>(&array->elements)) return *numbers;
  if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&array->elements)) {
    return std::vector<double>(numbers->begin(), numbers->end());
  }
  if (const auto* numbers = std::get_if<std::vector<std::uint64_t>>(&array->elements)) {
    return std::vector<double>(numbers->begin(), numbers->end());
  }
  return mismatch(key, expected, *value);
}

Result<std::vector<bool>> GgufMetadata::booleans(std::string_view key) const {
  constexpr std::string_view expected = "an array of bools";
  RH_ASSIGN(const GgufValue* value, require(key, expected));
  const auto* array = std::get_if<GgufArray>(&value->value);
  if (array == nullptr || array->element_type != GgufValueType::boolean) return mismatch(key, expected, *value);
  const auto& bits = std::get<std::vector<std::uint64_t>>(array->elements);
  return std::vector<bool>(bits.begin(), bits.end());
}

Result<const std::vector<std::string>*> GgufMetadata::strings(std::string_view key) const {
  constexpr std::string_view expected = "an array of strings";
  RH_ASSIGN(const GgufValue* value, require(key, expected));
  const auto* array = std::get_if<GgufArray>(&value->value);
  const auto* texts = array == nullptr ? nullptr : std::get_if<std::vector<std::string>>(&array->elements);
  if (texts == nullptr) return mismatch(key, expected, *value);
  return texts;
}

Result<std::vector<std::int64_t>> GgufMetadata::integers_for_each(std::string_view key, std::size_t count) const {
  const std::string expected = fmt::format("an integer or an array of {} integers", count);
  RH_ASSIGN(const GgufValue* value, require(key, expected));
  if (value->type != GgufValueType::array) {
    const auto number = as_integer(*value);
    if (!number) return mismatch(key, expected, *value);
    return std::vector<std::int64_t>(count, *number);
  }
  RH_ASSIGN(std::vector<std::int64_t> numbers, integers(key));
  if (numbers.size() != count) return mismatch(key, expected, *value);
  return numbers;
}

}  // namespace roundhouse
