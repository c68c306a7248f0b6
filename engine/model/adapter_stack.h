// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "engine/model/lora.h"

namespace roundhouse {

// Adapters of one model beside its weights, as the ops want them: for each adapted weight the A and the scaled B of all
// adapters in a stack, padded with zeros to the largest rank; with magnitudes also what multiplies each row. A batch's rows name an adapter by its place in the list.
// Weights whose modules are the same in every adapter share their A. The model must outlive it; one thread at a time.
class AdapterStack {
 public:
  // Copies the adapters' numbers. Each must fit the model (check_adapter); bottlenecks of one layer have one activation.
  static Result<AdapterStack> create(const TextModel& model, std::span<const LoraAdapter> adapters);
  AdapterStack(AdapterStack&&) = default;
  AdapterStack& operator=(AdapterStack&&) = default;

  // The model's layers with the stacks in place, for TextModel::forward().
  const std::vector<LayerWeights>& layers() const { return layers_; }
  // Of a weight by its canonical name; a null: nothing is beside it.
  AdapterWeights beside(const std::string& weight) const;
  // Of a weight with magnitudes (DoRA): lengths of the rows of W + scale * B A, [adapters, experts, rows], as set() found them.
  const std::vector<float>& norms(const std::string& weight) const;
  // All stacks, with ids that follow the model's: to be prepared by the backend.
  const std::deque<Weight>& weights() const { return weights_; }
  std::int32_t size() const { return adapters_; }

  // New numbers for one adapter, of the same modules and ranks. What a backend keeps of weights() is to be prepared anew.
  void set(std::int32_t index, const LoraAdapter& adapter);

 private:
  struct Group {                      // weights that share their A
    std::vector<std::string> weights;
    std::vector<std::int32_t> modules;  // of each adapter: the module's index, -1: none
    std::int64_t experts = 1, rank = 0, cols = 0;
    std::size_t a = 0;                // indices into weights_, values_
    std::vector<std::size_t> b;       // of each of `weights`
    std::vector<std::size_t> scale, shift;  // likewise; none: no magnitudes, no bias
    std::vector<std::vector<float>> norms;  // likewise, [adapters, experts, rows]; empty: no magnitudes
  };

  struct Bottlenecks {                // of a layer
    std::int32_t layer = 0;
    std::int64_t width = 0;           // the largest
    std::size_t down = 0, down_bias = 0, up = 0, up_bias = 0;
  };
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  explicit AdapterStack(const TextModel& model) : model_(&model) {}
  AdapterWeights of(const Group& group, std::size_t weight) const;
  void set_magnitudes(Group& group, std::size_t weight, std::int32_t index, const LoraModule& module, const LoraModule::Target& target);
  Status add_bottlenecks(std::span<const LoraAdapter> adapters, std::uint32_t& id);
  void set_bottlenecks(std::int32_t index, const LoraAdapter& adapter);
  std::size_t add(const std::string& name, std::uint32_t id, std::int64_t experts, std::int64_t rows, std::int64_t cols);

  const TextModel* model_;
  std::int32_t adapters_ = 0;
  std::vector<Group> groups_;
  std::vector<Bottlenecks> bottlenecks_;
  std::deque<Weight> weights_;
  std::deque<std::vector<float>> values_;  // of weights_
  std::vector<LayerWeights> layers_;
};

}  // namespace roundhouse
