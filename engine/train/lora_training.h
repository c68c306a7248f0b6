// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/model/adapter_stack.h"
#include "engine/model/lora.h"
#include "engine/model/weight_overlay.h"
#include "engine/ops/backend.h"
#include "engine/train/parameter.h"
#include "engine/train/step_routing.h"
#include "engine/train/training_batch.h"
#include "roundhouse/result.h"

namespace roundhouse {

// What is trained beside an adapter, and how.
struct LoraTrainingOptions {
  // For activations of layers that are not run twice; beside it goes what one layer takes on the way back. Numbers do not
  // depend on it.
  std::uint64_t activation_bytes = std::uint64_t{3} << 30;
  double b_rate = 1.0;           // learning rate of B as a multiple of A's (LoRA+, Hayou et al. 2024, arXiv 2402.12354)
  WeightOverlay whole = {};      // weights trained as they are, from these numbers: routers, experts; selection biases have no gradient
  RouterLossSpec router_losses = {};  // of every router, the frozen too: what is trained below learns from them
  double bias_rate = 0.0;        // by which a step moves the selection biases in `whole`
};

// Training of an adapter, and of whole weights, beside a frozen model: loss and gradients; an optimiser does the rest. Of
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

  // Mean loss over the batch's learned tokens, made with adapter place 0; routers' losses are apart, see routing(). `weight`
  // times the gradient of all is added to what is held: for a step of several batches, the batch's share of all learned tokens,
  // so that each token counts the same.
  Result<double> add_gradients(const TrainingBatch& batch, double weight = 1.0);
  // Counts of routing() too.
  void clear_gradients();
  // Of the batches since clear_gradients(): all their tokens, learned or not. Losses are weighed as gradients are.
  const StepRouting& routing() const { return routing_; }
  // Moves the selection biases by the loads of routing(). Once an optimiser's step, before updated().
  void step_biases();

  struct Evaluated {
    std::vector<float> losses;          // [outputs] -ln p of each learned token
    std::vector<std::int32_t> experts;  // [rows, routed layers, k] those chosen, best first; -1: none
    std::vector<float> weights;         // likewise
    std::int32_t k = 0;
  };
  // The forward pass alone, with the adapters that the batch names and whole weights in place; of a batch without adapters
  // the base model's.
  Result<Evaluated> evaluate(const TrainingBatch& batch);

  // A, then B and magnitude of each target, module by module; of modules with trained_experts a part for each of them; then
  // bottlenecks, then whole weights. Always the same. Gradients are those of B without its scale. Selection biases are there with a rate of 0, which
  // no optimiser moves, so that a checkpoint of the parameters has them.
  std::vector<Parameter> parameters();
  // After the values of parameters() have changed, before the next batch.
  Status updated();

  const LoraAdapter& adapter() const { return adapter_; }
  const WeightOverlay& whole() const { return options_.whole; }

 private:
  struct Place {               // of one parameter
    WeightRef weight = nullptr;
    float scale = 1.0f;        // d loss / d parameter = scale * d loss / d weight
    std::vector<float> gradient;
    std::int32_t layer = 0;
    bool trained = true;       // false: no gradient
    // Of a magnitude: `scale` is one for each number, and a shift that moves with it is another weight with its own.
    struct Sized {
      std::string target;      // the adapted weight
      WeightRef shift = nullptr;
      std::vector<float> scale, shift_scale;
    } sized = {};
  };
  struct LayerTape;            // a layer's forward pass on a tape
  struct Recorded;             // a forward pass, for the way back

  Result<double> run(const TrainingBatch& batch, double weight);
  // `weight`: of the losses that backward is for; none: it is not.
  void forward(const Batch& batch, std::optional<double> weight, Recorded& recorded);
  Result<double> head_backward(const TrainingBatch& batch, double weight, const Tensor& x, const Tensor& dx);
  std::unique_ptr<LayerTape> layer_forward(const Batch& batch, std::int32_t layer, std::int32_t routed_index, const Tensor& input,
                                           double weight);
  Status layer_backward(LayerTape& tape, const Tensor& dx, double weight);
  std::int32_t lowest_layer() const;  // with a trained parameter

  LoraTraining(std::shared_ptr<const TextModel> model, Backend& backend, std::uint64_t stack_id, LoraAdapter adapter, AdapterStack stack,
               Options options)
      : model_(std::move(model)), backend_(&backend), stack_id_(stack_id), adapter_(std::move(adapter)), stack_(std::move(stack)),
        options_(std::move(options)), routing_(model_->spec().routing_layout()) {}

  std::shared_ptr<const TextModel> model_;
  Backend* backend_;
  std::uint64_t stack_id_;
  LoraAdapter adapter_;
  AdapterStack stack_;
  Options options_;
  OverlayWeights overlay_;            // of options_.whole
  std::vector<LayerWeights> layers_;  // with both in place
  std::vector<Place> places_;         // A, then B and magnitude of each target, module by module; bottlenecks; whole weights
  StepRouting routing_;
};

}  // namespace roundhouse
