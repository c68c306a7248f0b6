// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/ops/ops.h"

namespace roundhouse {

struct LayerWeights {
  WeightRef attention_norm = nullptr, ffn_norm = nullptr;
  LinearWeights q, k, v, output;
  WeightRef q_norm = nullptr, k_norm = nullptr;
  FfnWeights dense;
  MoeWeights moe;
  BottleneckWeights bottleneck;  // of adapters; no model has one itself
};

// Every parameter of a model under its canonical name:
//   embedding, output_norm, output (absent when tied), layers.N.{attention_norm, ffn_norm, q, k, v, output (+ .bias),
//   q_norm, k_norm}, layers.N.dense.{gate, up, down}, layers.N.experts.{gate, up, down}, layers.N.shared.{gate, up, down},
//   layers.N.router (+ .bias), layers.N.selection_bias, layers.N.shared_gate.
// Owns what is not the mapped file's. Addresses of weights stay valid for its lifetime. Immutable once loaded.
class Weights {
 public:
  Weights() = default;
  Weights(Weights&&) = default;
  Weights& operator=(Weights&&) = default;
  Weights(const Weights&) = delete;
  Weights& operator=(const Weights&) = delete;

  // Takes the next id. `data` must outlive this (see keep()).
  WeightRef add(Weight weight);
  WeightRef find(const std::string& name) const;  // null: absent
  const std::deque<Weight>& all() const { return all_; }
  // What keys and values are kept in: f16 beside quantised weights, else f32 (16-bit weights hold keys that f16 does not).
  DType cache_type() const;
  void keep(std::shared_ptr<const void> owner) { owners_.push_back(std::move(owner)); }
  // Gives a weight that was added without bytes its own, and keeps them.
  void place(WeightRef weight, std::shared_ptr<const std::byte> bytes);

  WeightRef embedding = nullptr, output_norm = nullptr;
  LinearWeights output;  // the embedding itself when tied
  std::vector<LayerWeights> layers;

  // Fills the members above from the names; `layer_count` layers.
  void bind(std::size_t layer_count);

 private:
  std::deque<Weight> all_;
  std::unordered_map<std::string, WeightRef> by_name_;
  std::vector<std::shared_ptr<const void>> owners_;
};

}  // namespace roundhouse
