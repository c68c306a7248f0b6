// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/model/model_source.h"

namespace roundhouse {

// A file's values under the names that its format has for them (see KeyNames): the first alternative that is there
// counts. Every number is checked here, before it is narrowed. Refers to the source.
class Keys {
 public:
  explicit Keys(const ModelSource& source) : source_(source) {}

  Found<double> number(const char* names) const;
  Found<bool> flag(const char* names) const;
  Found<std::string> text(const char* names) const;
  Found<std::vector<std::string>> texts(const char* names) const;

  // Within [low, high]. Without a fallback the key must be there.
  Result<std::int32_t> integer(const char* names, std::int32_t low, std::int32_t high, std::optional<std::int32_t> fallback = {}) const;
  Result<double> number(const char* names, double low, double high, std::optional<double> fallback = {}) const;
  // One integer, or an array of `count` whose first `used` are the same.
  Result<std::int32_t> integer_of_layers(const char* names, std::int32_t count, std::int32_t used, std::int32_t low,
                                         std::int32_t high, std::optional<std::int32_t> fallback = {}) const;

  Error refuse(ErrorCode code, const char* names, std::string expected, std::string received) const;

 private:
  template <class T, class Get>
  Found<T> first(const char* names, Get get) const;
  std::vector<std::string> alternatives(const char* names) const;
  Result<std::int32_t> within(const char* names, std::optional<std::int64_t> value, std::int32_t low, std::int32_t high,
                              std::optional<std::int32_t> fallback) const;

  const ModelSource& source_;
};

}  // namespace roundhouse
