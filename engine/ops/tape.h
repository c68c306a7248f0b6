// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "engine/ops/backend.h"
#include "roundhouse/result.h"

namespace roundhouse {

// Runs a forward pass on a backend and records its primitives (fused ops fall apart into them by Ops' defaults), so that
// backward() can walk it in reverse. Gradients are computed only where a watched weight or tensor needs them. What no step
// saved is written over where an op's contract allows it.
//
// The tape keeps everything allocated through it until it ends: release() does nothing, the destructor gives it all back;
// so nothing else may allocate in the backend's workspace while it lives, but what shall end with it: another tape, too,
// that ends before it. Batches, edits,
// targets and weights must stay as they are until backward() has run. A batch with a KV cache cannot be recorded:
// backward() then fails. One thread at a time, the backend's.
class Tape : public Ops {
 public:
  explicit Tape(Backend& backend);
  ~Tape() override;
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  // Backward will add the weight's gradient to `gradient`: f32, [experts, rows, cols], in the backend's memory space,
  // outliving the tape or made under it. Before the forward pass. A weight used twice (tied embeddings) gets the sum.
  void watch(WeightRef weight, Tensor gradient);
  // The same with a buffer of zeros made here; read it before the tape ends.
  Tensor watch(WeightRef weight);
  // Backward will compute the gradient of this tensor, an input made outside any op: see gradient().
  void watch(const Tensor& tensor);

  // Every router of the forward pass that follows has these losses as well: backward() adds `weight` times their gradient
  // to that of its result.
  void add_router_losses(const RouterLossSpec& losses, float weight);
  // Sums of these losses over the routers so far, with their factors, without `weight`; after a synchronisation.
  std::pair<double, double> router_losses();  // balance, z

  // Gradients of `loss`, one element, the result of an op of this tape. A second call adds to the weights' buffers again.
  // Fails with invalid_argument where there is nothing to differentiate or a KV cache was used. May throw
  // std::bad_alloc, as ops do.
  Status backward(const Tensor& loss);
  // The same for any result, given the gradient of the loss with respect to it (of its shape).
  Status backward(const Tensor& result, const Tensor& gradient);
  // After backward: d loss / d tensor, in its shape; undefined when the loss does not depend on it or it was not needed.
  Tensor gradient(const Tensor& tensor) const;

  Backend& backend() { return backend_; }

  Tensor allocate(DType dtype, std::initializer_list<std::int64_t> shape) override { return backend_.allocate(dtype, shape); }
  Mark mark() override { return backend_.mark(); }
  void release(Mark) override {}

  Tensor embed(WeightRef table, const Batch& batch) override;
  Tensor linear(const Tensor& x, const LinearWeights& w) override;
  Tensor rms_norm(const Tensor& x, WeightRef weight, float epsilon) override;
  Tensor rope(const Tensor& x, const RopeSpec& spec, const Batch& batch) override;
  Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSpec& spec, const Batch& batch,
                   std::int32_t layer, const Tensor* probabilities = nullptr) override;
  Tensor glu(const Tensor& gate, const Tensor& up, const Activation& activation) override;
  Routing route(const Tensor& logits, WeightRef selection_bias, const RouterSpec& spec, const Batch& batch,
                std::int32_t routed_layer) override;
  Tensor router_loss(const Tensor& logits, const Routing& routing, const RouterSpec& spec, const RouterLossSpec& losses,
                     const Batch& batch) override;
  Tensor expert_linear(const Tensor& x, WeightRef weight, const Routing& routing) override;
  Tensor expert_bias(Tensor y, WeightRef bias, const Routing& routing) override;
  Tensor expert_scale(const Tensor& y, WeightRef scale, const Routing& routing) override;
  Routing adapter_places(const Batch& batch, const Routing* within = nullptr, std::int64_t experts = 1) override {
    return backend_.adapter_places(batch, within, experts);
  }
  Tensor add_expert_linear(const Tensor& y, const Tensor& x, WeightRef weight, const Routing& routing) override;
  Routing map_places(const Routing& routing, const std::int32_t* table) override { return backend_.map_places(routing, table); }
  Tensor combine(const Tensor& y, const Routing& routing) override;
  Tensor weigh_input(const Tensor& x, const Routing& routing) override;
  Tensor residual_add(Tensor x, const Tensor& y) override;
  Tensor sigmoid_gate(const Tensor& y, const Tensor& g) override;
  Tensor scale(const Tensor& x, float s) override;
  Tensor output_rows(const Tensor& x, const Batch& batch) override;
  Tensor cross_entropy(const Tensor& logits, const std::int32_t* targets) override;

 private:
  struct Step {
    Tensor output;
    std::function<void(const Tensor& dy)> backward;
  };
  struct Gradient {
    Tensor value;
    bool shared = false;  // another tensor's gradient too: not to be added to
  };

  bool needed(const Tensor& tensor) const { return needed_.contains(tensor.id); }
  bool watched(WeightRef weight) const { return weight && gradients_of_weights_.contains(weight); }
  // Records `output` when any of its inputs needs a gradient.
  template <class Function>
  void record(bool any_input_needed, const Tensor& output, Function&& backward) {
    if (!any_input_needed) return;
    needed_.insert(output.id);
    steps_.push_back({output, std::forward<Function>(backward)});
  }
  void save(const Tensor& tensor) { saved_.insert(tensor.id); }
  bool saved(const Tensor& tensor) const { return saved_.contains(tensor.id); }
  void expert_linear_backward(const Tensor& dy, const Tensor& x, WeightRef weight, const Routing& routing);
  // Adds a contribution to a tensor's gradient. Shared: `value` stands, or may stand, for another gradient as well.
  void add(const Tensor& tensor, const Tensor& value, bool shared = false);

  Backend& backend_;
  Mark start_;
  std::vector<Step> steps_;
  std::unordered_set<std::uint32_t> needed_, saved_;             // ids of tensors: with a gradient; read by backward
  std::unordered_map<std::uint32_t, Gradient> gradients_;        // by id of tensor
  std::unordered_map<WeightRef, Tensor> gradients_of_weights_;
  RouterLossSpec router_losses_;
  float router_losses_weight_ = 0.0f;
  std::vector<Tensor> losses_of_routers_;
  bool used_cache_ = false;
};

}  // namespace roundhouse
