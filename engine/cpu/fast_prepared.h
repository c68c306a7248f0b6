// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/cpu/fast_pack.h"

namespace roundhouse {

// Packed forms of the weights of all loaded models, found by where the weight's bytes lie and what they are: a Weight
// object may move, and two that name the same bytes (tied embeddings) share one form. The bytes must not change between
// prepare() and forget(). One thread at a time.
class PreparedWeights {
 public:
  PreparedWeights(std::shared_ptr<MemoryAccount> account, std::shared_ptr<ThreadPool> pool);

  Status prepare(std::uint64_t model, const Weight& weight);
  void forget(std::uint64_t model);
  std::pair<std::uint64_t, std::uint64_t> bytes(std::uint64_t model) const;  // dense, experts

  // The form of a prepared weight. Throws std::logic_error for any other: a bug of the caller.
  const PackedWeight& find(const Weight& weight) const;

 private:
  struct Key {
    const std::byte* data;
    std::int64_t experts, rows, cols;
    DType type;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const { return reinterpret_cast<std::uintptr_t>(key.data) >> 4; }
  };
  struct Entry {
    PackedWeight packed;
    std::shared_ptr<WeightArena> arena;  // where `packed` lies
    std::vector<std::uint64_t> models;
  };
  // Where a model's weights are put, by whether they are stacked experts.
  struct Arenas {
    std::shared_ptr<WeightArena> dense, experts;
  };
  static Key key_of(const Weight& w) { return {w.data, w.experts, w.rows, w.cols, w.type}; }

  std::shared_ptr<MemoryAccount> account_;
  std::shared_ptr<ThreadPool> pool_;
  std::unordered_map<Key, Entry, Hash> entries_;
  std::unordered_map<std::uint64_t, Arenas> arenas_;
  // The last weight found under each id: most models' lookups end here.
  struct Recent {
    Key key{};
    const PackedWeight* packed = nullptr;
  };
  mutable std::vector<Recent> recent_;
};

}  // namespace roundhouse
