// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "engine/model/model_spec.h"
#include "engine/model/weights.h"
#include "engine/ops/ops.h"

namespace roundhouse {

// A decoder: specification and weights. The forward pass of a block is written here, once, against Ops. Immutable;
// any number of threads, each with its own Ops.
class TextModel {
 public:
  TextModel(ModelSpec spec, Weights weights) : spec_(std::move(spec)), weights_(std::move(weights)) {}

  const ModelSpec& spec() const { return spec_; }
  const Weights& weights() const { return weights_; }

  // Logits of the batch's output rows: [outputs, vocabulary] f32, in `ops`' workspace; the caller marks and releases.
  // `layers` (null: the model's own): the same weights with adapters beside them, see AdapterStack.
  // `cancel` (may be null) is looked at before each layer; a raised flag gives an undefined tensor (data == nullptr).
  // Throws std::bad_alloc when the workspace cannot grow.
  Tensor forward(Ops& ops, const Batch& batch, const std::atomic<bool>* cancel = nullptr,
                 const std::vector<LayerWeights>* layers = nullptr) const;

  // The parts of forward(), for who runs them apart (gradient checkpointing). x: [rows, width]; a layer may write into its
  // memory. `routed_index`: how many layers before this one route.
  Tensor embed(Ops& ops, const Batch& batch) const;
  Tensor layer(Ops& ops, Tensor x, const LayerWeights& w, const Batch& batch, std::int32_t index, std::int32_t routed_index) const;
  Tensor head(Ops& ops, const Tensor& x, const Batch& batch) const;

 private:
  ModelSpec spec_;
  Weights weights_;
};

}  // namespace roundhouse
