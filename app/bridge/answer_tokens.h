// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "roundhouse/session.h"

namespace roundhouse::app {

// A generated token: what it is, where it stands in the context, and which bytes of the answer it stands for.
struct AnswerToken {
  std::int32_t id = 0;
  std::int32_t position = 0;                     // in the context; index into the trace
  std::uint32_t textBegin = 0, textEnd = 0;      // bytes of the answer's text
  float logprob = 0.0f;
  std::vector<TokenAlternative> alternatives;
};

// The tokens of an answer. A value whose copies share what they have in common, so that a snapshot of a long answer
// costs little more than one of a short answer. Each copy belongs to one thread at a time; copies may be used on
// different threads at once.
class AnswerTokens {
 public:
  static constexpr std::size_t kChunk = 256;

  class const_iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = AnswerToken;
    using difference_type = std::ptrdiff_t;
    using pointer = const AnswerToken*;
    using reference = const AnswerToken&;

    const_iterator() = default;
    const_iterator(const AnswerTokens* tokens, difference_type at) : tokens_(tokens), at_(at) {}
    reference operator*() const { return (*tokens_)[static_cast<std::size_t>(at_)]; }
    pointer operator->() const { return &**this; }
    reference operator[](difference_type by) const { return *(*this + by); }
    const_iterator& operator+=(difference_type by) { at_ += by; return *this; }
    const_iterator& operator-=(difference_type by) { at_ -= by; return *this; }
    const_iterator& operator++() { ++at_; return *this; }
    const_iterator& operator--() { --at_; return *this; }
    const_iterator operator++(int) { return {tokens_, at_++}; }
    const_iterator operator--(int) { return {tokens_, at_--}; }
    friend const_iterator operator+(const_iterator it, difference_type by) { return it += by; }
    friend const_iterator operator+(difference_type by, const_iterator it) { return it += by; }
    friend const_iterator operator-(const_iterator it, difference_type by) { return it -= by; }
    friend difference_type operator-(const const_iterator& a, const const_iterator& b) { return a.at_ - b.at_; }
    friend bool operator==(const const_iterator& a, const const_iterator& b) { return a.at_ == b.at_; }
    friend auto operator<=>(const const_iterator& a, const const_iterator& b) { return a.at_ <=> b.at_; }

   private:
    const AnswerTokens* tokens_ = nullptr;
    difference_type at_ = 0;
  };

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const AnswerToken& operator[](std::size_t at) const { return chunks_[at / kChunk]->tokens[at % kChunk]; }
  const AnswerToken& front() const { return (*this)[0]; }
  const AnswerToken& back() const { return (*this)[size_ - 1]; }
  const_iterator begin() const { return {this, 0}; }
  const_iterator end() const { return {this, static_cast<std::ptrdiff_t>(size_)}; }

  void push_back(AnswerToken token);
  // All tokens, with other places in the text; as many as there are tokens.
  void setSpans(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& spans);

 private:
  struct Chunk {
    std::array<AnswerToken, kChunk> tokens;
    // Written so far by whichever copy has the most: the one that is as long may write on, others need a chunk of their own.
    std::atomic<std::size_t> used = 0;
  };
  std::vector<std::shared_ptr<Chunk>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace roundhouse::app
