// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/model/adapter_stack.h"
#include "engine/model/lora.h"
#include "engine/ops/backend.h"
#include "engine/train/parameter.h"
#include "engine/train/training_batch.h"
#include "roundhouse/result.h"

namespace roundhouse {

struct LoraTrainingOptions {
  // For activations of layers that are not run twice; beside it goes what one layer takes on the way back. Numbers do not
  // depend on it.
  std::uint64_t activation_bytes = std::uint64_t{3} << 30;
};

// Low-rank training of one adapter beside a frozen model: loss and gradients of A and B; an optimiser does the rest. Of
// layers whose activations find no room only the input is kept: they are run once more, one by one, on the way back
// (gradient checkpointing), with the experts that were chosen the first time; logits are made for some rows at a time. The
// backend must have the model's weights prepared and outlive this; one thread at a time, the backend's.
class LoraTraining {
 public:
  using Options = LoraTrainingOptions;

  // `stack_id`: under which the adapter's own weights are prepared, as if they were a model's; no model of the backend has it.
  static Result<LoraTraining> create(std::shared_ptr<const TextModel> model, Backend& backend, std::uint64_t stack_id, LoraAdapter start,
                                     Options options = {});
  LoraTraining(LoraTraining&&) = default;

  // Mean loss over the batch's learned tokens, made with adapter place 0. `weight` times its gradient is added to what is
  // held: for a step of several batches, the batch's share of all learned tokens, so that each token counts the same.
  Result<double> add_gradients(const TrainingBatch& batch, double weight = 1.0);
  void clear_gradients();

  struct Evaluated {
    std::vector<float> losses;          // [outputs] -ln p of each learned token
    std::vector<std::int32_t> experts;  // [rows, routed layers, k] those chosen, best first; -1: none
    std::int32_t k = 0;
  };
  // The forward pass alone, with the adapters that the batch names.
  Result<Evaluated> evaluate(const TrainingBatch& batch);

  // A, then the B of each target, module by module; of modules with trained_experts a part for each of them. Always the same.
  // Gradients are those of B without its scale.
  std::vector<Parameter> parameters();
  // After the values of parameters() have changed, before the next batch.
  Status updated();

  const LoraAdapter& adapter() const { return adapter_; }

 private:
  struct Place {               // of one parameter
    WeightRef weight = nullptr;
    float scale = 1.0f;        // d loss / d parameter = scale * d loss / d weight
    std::vector<float> gradient;
    std::int32_t layer = 0;
  };
  struct LayerTape;            // a layer's forward pass on a tape
  struct Recorded;             // a forward pass, for the way back

  Result<double> run(const TrainingBatch& batch, double weight);
  void forward(const Batch& batch, bool for_backward, Recorded& recorded);
  Result<double> head_backward(const TrainingBatch& batch, double weight, const Tensor& x, const Tensor& dx);
  std::unique_ptr<LayerTape> layer_forward(const Batch& batch, std::int32_t layer, std::int32_t routed_index, const Tensor& input);
  Status layer_backward(LayerTape& tape, const Tensor& dx);
  std::int32_t lowest_layer() const;  // with a parameter

  LoraTraining(std::shared_ptr<const TextModel> model, Backend& backend, std::uint64_t stack_id, LoraAdapter adapter, AdapterStack stack,
               Options options)
      : model_(std::move(model)), backend_(&backend), stack_id_(stack_id), adapter_(std::move(adapter)), stack_(std::move(stack)),
        options_(options) {}

  std::shared_ptr<const TextModel> model_;
  Backend* backend_;
  std::uint64_t stack_id_;
  LoraAdapter adapter_;
  AdapterStack stack_;
  Options options_;
  std::vector<Place> places_;  // A, then the B of each target, module by module
};

}  // namespace roundhouse
