// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "roundhouse/result.h"

namespace roundhouse {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;  // objects keep the order of the text; finding a key is linear

struct JsonLimits {
  std::size_t bytes = std::size_t{64} << 20;
  std::size_t values = std::size_t{1} << 23;  // of any kind, all together
  int depth = 64;                             // objects and arrays within each other
};

// Strict JSON (RFC 8259, UTF-8) that never throws. A key twice in one object is an error: readers that keep the
// first and readers that keep the last would see different files. Errors name `name`, line and column. Any thread.
Result<Json> parse_json(std::string_view text, const std::string& name, const JsonLimits& limits = {});
Result<OrderedJson> parse_ordered_json(std::string_view text, const std::string& name, const JsonLimits& limits = {});
Result<Json> read_json_file(const std::string& path, const JsonLimits& limits = {});

// Text of a value; never throws: bytes that are not UTF-8 become U+FFFD. indent < 0: one line.
std::string dump_json(const Json& value, int indent = -1);
std::string dump_json(const OrderedJson& value, int indent = -1);

// Typed reading of an object without exceptions: getters say the key's path and the file when a key is missing
// or of another kind. "_or" gives the fallback for a key that is missing or null. Refers to the value: it must
// live longer.
class JsonView {
 public:
  // `where`: what errors call the value, as "config.json".
  static Result<JsonView> of(const Json& value, std::string where);

  const Json& json() const { return *object_; }
  bool contains(std::string_view key) const { return find(key) != nullptr; }  // and not null
  const Json* find(std::string_view key) const;                               // null when missing or null

  Result<JsonView> object(std::string_view key) const;
  Result<std::string> string(std::string_view key) const;
  Result<std::string> string_or(std::string_view key, std::string fallback) const;
  Result<std::int64_t> integer(std::string_view key) const;  // also 2.0; within int64
  Result<std::int64_t> integer_or(std::string_view key, std::int64_t fallback) const;
  Result<double> number(std::string_view key) const;
  Result<double> number_or(std::string_view key, double fallback) const;
  Result<bool> boolean(std::string_view key) const;
  Result<bool> boolean_or(std::string_view key, bool fallback) const;
  Result<std::vector<std::int64_t>> integers(std::string_view key) const;
  Result<std::vector<double>> numbers(std::string_view key) const;
  Result<std::vector<std::string>> strings(std::string_view key) const;

 private:
  JsonView(const Json& object, std::string where, std::string path) : object_(&object), where_(std::move(where)), path_(std::move(path)) {}
  Result<const Json*> require(std::string_view key, std::string_view expected) const;
  Error mismatch(std::string_view key, std::string_view expected, const Json& value) const;
  std::string name_of(std::string_view key) const;

  const Json* object_;
  std::string where_;
  std::string path_;  // "a.b." of the object within the file
};

}  // namespace roundhouse
