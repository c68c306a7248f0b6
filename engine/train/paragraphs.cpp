// SPDX-License-Identifier: Apache-2.0
#include "engine/train/paragraphs.h"

#include <algorithm>

namespace roundhouse {

std::optional<Paragraphs::Paragraph> Paragraphs::next() {
  Paragraph found;
  std::size_t end = 0;
  while (at_ < text_.size()) {
    const std::size_t line_end = std::min(text_.find('\n', at_), text_.size());
    const std::string_view line = text_.substr(at_, line_end - at_);
    const bool blank = line.find_first_not_of(" \t\r\v\f") == std::string_view::npos;
    if (blank && found.line > 0) break;
    if (!blank) {
      if (found.line == 0) {
        found.line = line_;
        found.begin = at_;
      }
      end = line.ends_with('\r') ? line_end - 1 : line_end;
    }
    at_ = std::min(line_end + 1, text_.size());
    ++line_;
  }
  if (found.line == 0) return std::nullopt;
  found.text = text_.substr(found.begin, end - found.begin);
  return found;
}

}  // namespace roundhouse
