// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/fast_prepared.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "engine/cpu/weight_rows.h"

namespace roundhouse {

PreparedWeights::PreparedWeights(std::shared_ptr<MemoryAccount> account, std::shared_ptr<ThreadPool> pool)
    : account_(std::move(account)), pool_(std::move(pool)) {}

Status PreparedWeights::prepare(std::uint64_t model, const Weight& weight) {
  RH_TRY(check_host_weight(weight));
  const auto found = entries_.find(key_of(weight));
  if (found != entries_.end()) {
    std::vector<std::uint64_t>& models = found->second.models;
    if (std::find(models.begin(), models.end(), model) == models.end()) models.push_back(model);
    return Ok{};
  }
  Arenas& arenas = arenas_[model];
  std::shared_ptr<WeightArena>& arena = weight.experts > 1 ? arenas.experts : arenas.dense;
  if (!arena) {
    arena = std::make_shared<WeightArena>(account_, weight.experts > 1 ? MemoryTag::weights_experts : MemoryTag::weights_dense);
  }
  RH_ASSIGN(PackedWeight packed, pack_weight(weight, *arena, *pool_));
  entries_.emplace(key_of(weight), Entry{packed, arena, {model}});
  return Ok{};
}

void PreparedWeights::forget(std::uint64_t model) {
  recent_.clear();
  arenas_.erase(model);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    std::erase(entry->second.models, model);
    entry = entry->second.models.empty() ? entries_.erase(entry) : std::next(entry);
  }
}

std::pair<std::uint64_t, std::uint64_t> PreparedWeights::bytes(std::uint64_t model) const {
  std::pair<std::uint64_t, std::uint64_t> sum{0, 0};
  for (const auto& [key, entry] : entries_) {
    if (std::find(entry.models.begin(), entry.models.end(), model) == entry.models.end()) continue;
    (key.experts > 1 ? sum.second : sum.first) += static_cast<std::uint64_t>(entry.packed.owned_bytes);
  }
  return sum;
}

const PackedWeight& PreparedWeights::find(const Weight& weight) const {
  const Key key = key_of(weight);
  if (weight.id < recent_.size() && recent_[weight.id].key == key) return *recent_[weight.id].packed;
  const auto found = entries_.find(key);
  if (found == entries_.end()) throw std::logic_error("weight " + weight.name + " was not prepared");
  constexpr std::uint32_t remembered = 1 << 16;
  if (weight.id < remembered) {
    if (recent_.size() <= weight.id) recent_.resize(weight.id + 1);
    recent_[weight.id] = {key, &found->second.packed};
  }
  return found->second.packed;
}

}  // namespace roundhouse
