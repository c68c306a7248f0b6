// SPDX-License-Identifier: Apache-2.0
#include "engine/model/keys.h"

#include <algorithm>
#include <sstream>
#include <utility>

namespace roundhouse {

namespace {

std::string short_text(double number) {
  std::ostringstream text;
  text << number;
  return text.str();
}

}  // namespace

std::vector<std::string> Keys::alternatives(const char* names) const {
  const std::string placeholder = "{arch}";
  std::vector<std::string> keys;
  std::istringstream list(names);
  for (std::string key; std::getline(list, key, '|');) {
    if (key.starts_with(placeholder)) key.replace(0, placeholder.size(), source_.architecture);
    keys.push_back(std::move(key));
  }
  return keys;
}

Error Keys::refuse(ErrorCode code, const char* names, std::string expected, std::string received) const {
  std::string object;
  for (const std::string& key : alternatives(names)) object += (object.empty() ? "key " : " or ") + key;
  return {code, "read model", object + " in " + source_.path, std::move(expected), std::move(received)};
}

template <class T, class Get>
Found<T> Keys::first(const char* names, Get get) const {
  for (const std::string& key : alternatives(names)) {
    RH_ASSIGN(auto value, get(*source_.metadata, key));
    if (value) return value;
  }
  return std::optional<T>();
}

Found<double> Keys::number(const char* names) const {
  return first<double>(names, [](const MetadataLookup& m, const std::string& key) { return m.number(key); });
}
Found<bool> Keys::flag(const char* names) const {
  return first<bool>(names, [](const MetadataLookup& m, const std::string& key) { return m.flag(key); });
}
Found<std::string> Keys::text(const char* names) const {
  return first<std::string>(names, [](const MetadataLookup& m, const std::string& key) { return m.text(key); });
}
Found<std::vector<std::string>> Keys::texts(const char* names) const {
  return first<std::vector<std::string>>(names, [](const MetadataLookup& m, const std::string& key) { return m.texts(key); });
}

Result<std::int32_t> Keys::within(const char* names, std::optional<std::int64_t> value, std::int32_t low, std::int32_t high,
                                  std::optional<std::int32_t> fallback) const {
  if (!value && fallback) return *fallback;
  const std::string range = "an integer from " + std::to_string(low) + " to " + std::to_string(high);
  if (!value) return refuse(ErrorCode::malformed, names, range, "no such key");
  if (*value < low || *value > high) return refuse(ErrorCode::malformed, names, range, std::to_string(*value));
  return static_cast<std::int32_t>(*value);
}

Result<std::int32_t> Keys::integer(const char* names, std::int32_t low, std::int32_t high, std::optional<std::int32_t> fallback) const {
  RH_ASSIGN(const auto value, first<std::int64_t>(names, [](const MetadataLookup& m, const std::string& key) { return m.integer(key); }));
  return within(names, value, low, high, fallback);
}

Result<double> Keys::number(const char* names, double low, double high, std::optional<double> fallback) const {
  RH_ASSIGN(const auto value, number(names));
  if (!value && fallback) return *fallback;
  const std::string range = "a number from " + short_text(low) + " to " + short_text(high);
  if (!value) return refuse(ErrorCode::malformed, names, range, "no such key");
  if (!(*value >= low && *value <= high)) return refuse(ErrorCode::malformed, names, range, short_text(*value));  // NaN, too
  return *value;
}

Result<std::int32_t> Keys::integer_of_layers(const char* names, std::int32_t count, std::int32_t used, std::int32_t low,
                                             std::int32_t high, std::optional<std::int32_t> fallback) const {
  RH_ASSIGN(const auto values, first<std::vector<std::int64_t>>(names, [&](const MetadataLookup& m, const std::string& key) {
    return m.integers_for_each(key, static_cast<std::size_t>(count));
  }));
  if (!values) return within(names, std::nullopt, low, high, fallback);
  const auto other = std::find_if(values->begin(), values->begin() + used, [&](std::int64_t n) { return n != values->front(); });
  if (other != values->begin() + used) {
    return refuse(ErrorCode::unsupported, names, "the same in each layer",
                  std::to_string(values->front()) + " and " + std::to_string(*other));
  }
  return within(names, values->front(), low, high, fallback);
}

}  // namespace roundhouse
