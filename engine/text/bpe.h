// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace roundhouse::text {

// A unit that merging works on: a token's id, or, from the vocabulary's size on, a string that only merges know.
using Symbol = std::uint32_t;

// Byte-pair merging over one word. Filled once, then immutable; encode() from any thread with its own scratch.
class BpeMerges {
 public:
  struct Scratch {
    struct Node { Symbol symbol; std::uint32_t previous, next; };
    std::vector<Node> nodes;
    // Candidates: rank, then position of the left part. A sorted run is walked; what comes up meanwhile waits in a
    // heap and becomes the next run.
    std::vector<std::uint64_t> run, heap;
  };

  void reserve(std::size_t merges);
  // The first rank given for a pair counts. Lower ranks merge first.
  void add(Symbol left, Symbol right, std::uint32_t rank, Symbol merged);
  std::size_t size() const { return count_; }
  std::uint64_t memory_bytes() const { return slots_.size() * sizeof(Slot); }

  // Merges the pair of lowest rank, leftmost first, until none is left. Time O(n log n). Result replaces `word`.
  void merge(std::vector<Symbol>& word, Scratch& scratch) const;

 private:
  struct Slot { std::uint64_t key; std::uint32_t rank; Symbol merged; };
  const Slot* find(Symbol left, Symbol right) const;
  void grow();
  void merge_short(std::vector<Symbol>& word) const;

  std::vector<Slot> slots_;  // open addressing, a power of two, at most half full
  std::size_t count_ = 0;
};

}  // namespace roundhouse::text
