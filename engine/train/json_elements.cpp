// SPDX-License-Identifier: Apache-2.0
#include "engine/train/json_elements.h"

namespace roundhouse {

JsonElements::JsonElements(std::string_view text) : text_(text) {
  pass_space();
  if (at_ < text_.size() && text_[at_] == '[') {
    ++at_;
  } else {
    ended_ = true;
    failure_ = "expected an array";
  }
}

void JsonElements::pass_space() {
  for (; at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n'); ++at_) line_ += text_[at_] == '\n';
}

std::optional<JsonElements::Element> JsonElements::next() {
  if (ended_) return std::nullopt;
  pass_space();
  Element element{line_, {}};
  const std::size_t begin = at_;
  std::int64_t depth = 0;
  bool in_string = false;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    line_ += c == '\n';
    if (in_string) {
      if (c == '\\') {
        ++at_;
        line_ += at_ < text_.size() && text_[at_] == '\n';
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    if (c == '"') in_string = true;
    else if (c == '{' || c == '[') ++depth;
    else if (depth == 0 && (c == ',' || c == ']')) break;
    else if (c == '}' || c == ']') --depth;
    if (depth < 0) depth = 0;  // a brace too many: the parser will say so
  }
  if (at_ >= text_.size()) {
    ended_ = true;
    failure_ = "the array is not closed";
    at_ = text_.size();
    if (begin == at_) return std::nullopt;
    element.text = text_.substr(begin);
    return element;
  }
  element.text = text_.substr(begin, at_ - begin);
  while (!element.text.empty() && std::string_view(" \t\r\n").find(element.text.back()) != std::string_view::npos) element.text.remove_suffix(1);
  const bool closes = text_[at_] == ']', nothing = closes && first_ && element.text.empty();
  ++at_;
  first_ = false;
  if (closes) {
    ended_ = true;
    pass_space();
    if (at_ < text_.size()) failure_ = "text after the array";
    if (nothing) return std::nullopt;
  }
  return element;
}

}  // namespace roundhouse
