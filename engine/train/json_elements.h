// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace roundhouse {

// Cuts the text of a JSON array into that of its elements without reading them, so that one that is broken does not hide the
// others and each is known by its line. What an element holds is for a parser to judge.
class JsonElements {
 public:
  // `text` begins, after white space, with [ and must outlive this.
  explicit JsonElements(std::string_view text);

  struct Element {
    std::int64_t line = 0;   // from 1: where it begins
    std::string_view text;   // empty: nothing between two commas
  };
  // nullopt: the end; then failure() says what is wrong with the array, if anything is.
  std::optional<Element> next();
  const std::string& failure() const { return failure_; }
  std::int64_t line() const { return line_; }

 private:
  void pass_space();

  std::string_view text_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
  bool first_ = true, ended_ = false;
  std::string failure_;
};

}  // namespace roundhouse
