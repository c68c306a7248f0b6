// SPDX-License-Identifier: Apache-2.0
#include "engine/text/bpe.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace roundhouse::text {
namespace {

constexpr std::uint64_t empty_key = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
// Up to this length a plain search for the best pair beats the heap.
constexpr std::size_t short_word = 24;

std::uint64_t pair_key(Symbol left, Symbol right) { return static_cast<std::uint64_t>(left) << 32 | right; }

std::size_t mix(std::uint64_t key) {
  key *= 0x9E3779B97F4A7C15u;
  return static_cast<std::size_t>(key ^ (key >> 32));
}

}  // namespace

void BpeMerges::reserve(std::size_t merges) {
  while (slots_.size() < 2 * merges) grow();
}

void BpeMerges::grow() {
  std::vector<Slot> old;
  old.swap(slots_);
  slots_.assign(std::max<std::size_t>(64, old.size() * 2), Slot{empty_key, 0, 0});
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.key == empty_key) continue;
    std::size_t at = mix(slot.key) & mask;
    while (slots_[at].key != empty_key) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

void BpeMerges::add(Symbol left, Symbol right, std::uint32_t rank, Symbol merged) {
  if (2 * (count_ + 1) > slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  const std::uint64_t key = pair_key(left, right);
  std::size_t at = mix(key) & mask;
  while (slots_[at].key != empty_key) {
    if (slots_[at].key == key) return;
    at = (at + 1) & mask;
  }
  slots_[at] = Slot{key, rank, merged};
  ++count_;
}

const BpeMerges::Slot* BpeMerges::find(Symbol left, Symbol right) const {
  if (slots_.empty()) return nullptr;
  const std::size_t mask = slots_.size() - 1;
  const std::uint64_t key = pair_key(left, right);
  for (std::size_t at = mix(key) & mask; slots_[at].key != empty_key; at = (at + 1) & mask) {
    if (slots_[at].key == key) return &slots_[at];
  }
  return nullptr;
}

void BpeMerges::merge_short(std::vector<Symbol>& word) const {
  const Slot* pairs[short_word];
  for (std::size_t i = 0; i + 1 < word.size(); ++i) pairs[i] = find(word[i], word[i + 1]);
  while (word.size() > 1) {
    const Slot* best = nullptr;
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < word.size(); ++i) {
      if (pairs[i] != nullptr && (best == nullptr || pairs[i]->rank < best->rank)) best = pairs[i], at = i;
    }
    if (best == nullptr) return;
    word[at] = best->merged;
    word.erase(word.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    for (std::size_t i = at + 1; i + 1 < word.size(); ++i) pairs[i] = pairs[i + 1];
    if (at > 0) pairs[at - 1] = find(word[at - 1], word[at]);
    if (at + 1 < word.size()) pairs[at] = find(word[at], word[at + 1]);
  }
}

void BpeMerges::merge(std::vector<Symbol>& word, Scratch& scratch) const {
  if (word.size() <= short_word) return merge_short(word);
  auto& nodes = scratch.nodes;
  auto& heap = scratch.heap;
  auto& run = scratch.run;
  nodes.clear();
  run.clear();
  heap.clear();
  const auto size = static_cast<std::uint32_t>(word.size());
  for (std::uint32_t i = 0; i < size; ++i) nodes.push_back({word[i], i == 0 ? none : i - 1, i + 1 == size ? none : i + 1});

  const auto pair_at = [&](std::uint32_t position) -> const Slot* {
    const Scratch::Node& node = nodes[position];
    return node.symbol == none || node.next == none ? nullptr : find(node.symbol, nodes[node.next].symbol);
  };
  const auto offer = [&](std::uint32_t position) {
    const Slot* pair = pair_at(position);
    if (pair != nullptr) heap.push_back(static_cast<std::uint64_t>(pair->rank) << 32 | position);
    return pair != nullptr;
  };
  constexpr std::greater<> smallest_first;
  for (std::uint32_t i = 0; i + 1 < size; ++i) offer(i);

  for (std::size_t next_in_run = 0;;) {
    if (next_in_run == run.size()) {
      if (heap.empty()) break;
      run.swap(heap);
      heap.clear();
      std::sort(run.begin(), run.end());
      next_in_run = 0;
    }
    std::uint64_t candidate = run[next_in_run];
    if (!heap.empty() && heap.front() < candidate) {
      candidate = heap.front();
      std::pop_heap(heap.begin(), heap.end(), smallest_first);
      heap.pop_back();
    } else {
      ++next_in_run;
    }
    const auto position = static_cast<std::uint32_t>(candidate);
    const Slot* pair = pair_at(position);
    if (pair == nullptr || pair->rank != candidate >> 32) continue;  // a merge took one side meanwhile
    Scratch::Node& node = nodes[position];
    Scratch::Node& right = nodes[node.next];
    node.symbol = pair->merged;
    right.symbol = none;
    node.next = right.next;
    if (node.next != none) {
      nodes[node.next].previous = position;
      if (offer(position)) std::push_heap(heap.begin(), heap.end(), smallest_first);
    }
    if (node.previous != none && offer(node.previous)) std::push_heap(heap.begin(), heap.end(), smallest_first);
  }

  word.clear();
  for (std::uint32_t at = 0; at != none; at = nodes[at].next) word.push_back(nodes[at].symbol);
}

}  // namespace roundhouse::text
