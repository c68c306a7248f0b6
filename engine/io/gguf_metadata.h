// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "engine/io/gguf_types.h"
#include "roundhouse/result.h"

namespace roundhouse {

// The elements of an array, widened: unsigned integers and booleans (0, 1) to uint64, signed ones to int64,
// floats to double. `element_type` says what the file holds. Arrays may hold arrays.
struct GgufArray {
  GgufValueType element_type = GgufValueType::u8;
  std::variant<std::vector<std::uint64_t>, std::vector<std::int64_t>, std::vector<double>, std::vector<std::string>,
               std::vector<GgufArray>>
      elements;

  std::size_t size() const;
  bool operator==(const GgufArray&) const = default;
};

// One metadata value, widened in the same way. Strings are bytes as the file holds them (mostly UTF-8).
struct GgufValue {
  GgufValueType type = GgufValueType::u8;
  std::variant<std::uint64_t, std::int64_t, double, std::string, GgufArray> value;

  // The value in words, shortened to about `limit` bytes: `0.5`, `true`, `text`, `[1, 2, …] (300 × int32)`.
  std::string to_text(std::size_t limit = 200) const;
  bool operator==(const GgufValue&) const = default;

  static GgufValue of_u32(std::uint32_t number) { return {GgufValueType::u32, static_cast<std::uint64_t>(number)}; }
  static GgufValue of_u64(std::uint64_t number) { return {GgufValueType::u64, number}; }
  static GgufValue of_i32(std::int32_t number) { return {GgufValueType::i32, static_cast<std::int64_t>(number)}; }
  static GgufValue of_f32(float number) { return {GgufValueType::f32, static_cast<double>(number)}; }
  static GgufValue of_bool(bool truth) { return {GgufValueType::boolean, static_cast<std::uint64_t>(truth)}; }
  static GgufValue of_string(std::string text) { return {GgufValueType::string, std::move(text)}; }
  static GgufValue of_strings(std::vector<std::string> texts);
  static GgufValue of_i32s(std::vector<std::int64_t> numbers);  // each within int32
  static GgufValue of_f32s(std::vector<double> numbers);
};

// Keys and values in the order of the file. Getters say key and file when a key is missing or of another kind.
// "_or" gives the fallback for a missing key only: a value of the wrong kind is still an error.
class GgufMetadata {
 public:
  explicit GgufMetadata(std::string file = {}) : file_(std::move(file)) {}

  struct Entry {
    std::string key;
    GgufValue value;
  };
  std::span<const Entry> entries() const { return entries_; }
  const GgufValue* find(std::string_view key) const;
  bool contains(std::string_view key) const { return find(key) != nullptr; }
  // False, and nothing changed, when the key is there already.
  bool add(std::string key, GgufValue value);

  // Any integer type, within int64.
  Result<std::int64_t> integer(std::string_view key) const;
  Result<std::int64_t> integer_or(std::string_view key, std::int64_t fallback) const;
  // Any float or integer type.
  Result<double> number(std::string_view key) const;
  Result<double> number_or(std::string_view key, double fallback) const;
  Result<bool> boolean(std::string_view key) const;
  Result<bool> boolean_or(std::string_view key, bool fallback) const;
  Result<std::string> string(std::string_view key) const;
  Result<std::string> string_or(std::string_view key, std::string fallback) const;

  Result<std::vector<std::int64_t>> integers(std::string_view key) const;
  Result<std::vector<double>> numbers(std::string_view key) const;
  Result<std::vector<bool>> booleans(std::string_view key) const;
  // Points into this object; never null.
  Result<const std::vector<std::string>*> strings(std::string_view key) const;
  // A value per layer: an array of exactly `count` integers, or one integer that counts for all.
  Result<std::vector<std::int64_t>> integers_for_each(std::string_view key, std::size_t count) const;

 private:
  Result<const GgufValue*> require(std::string_view key, std::string_view expected) const;
  Error mismatch(std::string_view key, std::string_view expected, const GgufValue& value) const;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  std::string file_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> index_;
};

}  // namespace roundhouse
