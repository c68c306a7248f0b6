// SPDX-License-Identifier: Apache-2.0
#include "engine/text/utf8.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse {

Detokenizer::Detokenizer(const Tokenizer& tokenizer) : Detokenizer(tokenizer, Options{}) {}
Detokenizer::Detokenizer(const Tokenizer& tokenizer, Options options) : tokenizer_(&tokenizer), options_(options) {}

std::string Detokenizer::push(TokenId id) {
  const std::size_t token = spans_.size();
  spans_.push_back({text_bytes_, text_bytes_});
  has_span_.push_back(false);
  std::string out;
  std::string_view bytes;
  if (!tokenizer_->contains(id)) {
    bytes = text::replacement_character;
  } else if (options_.show_special || !tokenizer_->is_special(id)) {
    bytes = tokenizer_->token_bytes(id);
  }
  for (const char byte : bytes) held_.push_back({byte, token});
  out += drain(false);
  // Without text of its own (yet): stands where the produced text ends.
  if (!has_span_[token]) spans_[token] = {text_bytes_, text_bytes_};
  return out;
}

std::string Detokenizer::flush() { return drain(true); }

void Detokenizer::reset() {
  held_.clear();
  spans_.clear();
  has_span_.clear();
  text_bytes_ = 0;
}

std::size_t Detokenizer::settled_tokens() const { return held_.empty() ? spans_.size() : held_.front().token; }

std::string Detokenizer::drain(bool at_end) {
  std::string bytes;
  bytes.reserve(held_.size());
  for (const HeldByte& held : held_) bytes.push_back(held.byte);
  std::string out;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const text::Utf8Step step = text::utf8_step(bytes, at);
    if (step.state == text::Utf8State::incomplete && !at_end) break;
    const std::size_t begin = text_bytes_;
    const std::string_view character =
        step.state == text::Utf8State::ok ? std::string_view(bytes).substr(at, step.length) : text::replacement_character;
    out += character;
    text_bytes_ += character.size();
    for (std::size_t i = at; i < at + step.length; ++i) {
      const std::size_t token = held_[i].token;
      if (!has_span_[token]) spans_[token].begin = begin;
      has_span_[token] = true;
      spans_[token].end = text_bytes_;
    }
    at += step.length;
  }
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(at));
  return out;
}

}  // namespace roundhouse
