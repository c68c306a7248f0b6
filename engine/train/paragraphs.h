// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace roundhouse {

// The paragraphs of a text: what lines of nothing but white space separate. Lines end with \n or \r\n.
class Paragraphs {
 public:
  // `text` must outlive this.
  explicit Paragraphs(std::string_view text) : text_(text) {}

  struct Paragraph {
    std::int64_t line = 0;   // from 1: of its first line
    std::size_t begin = 0;   // byte in the text
    std::string_view text;   // without the end of its last line; never empty
  };
  std::optional<Paragraph> next();

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
};

}  // namespace roundhouse
