// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "engine/base/context.h"
#include "engine/base/thread_pool.h"
#include "engine/cpu/workspace.h"
#include "engine/ops/backend.h"

namespace roundhouse {

// Every primitive and its backward, in plain float32 and in a fixed order: one result, bit for bit, whatever the batch,
// the chunking, the cache's pages or the number of threads, on every processor. Weights of any supported type are
// dequantised row by row. Backward sums in double where a sum is not a matrix product. What other backends are held
// against; also their fallback, since the arithmetic needs nothing prepared.
// A token id outside the table embeds as zeros.
class ReferenceBackend : public Backend {
 public:
  ReferenceBackend(Context context, std::shared_ptr<ThreadPool> pool);

  std::string name() const override { return "cpu reference"; }
  Isa isa() const override { return Isa::reference; }
  Numerics numerics() const override { return {true, 0.0}; }

  Status prepare(std::uint64_t model, const Weight& weight) override;  // only checks it
  std::uint64_t bytes_to_prepare(const Weight&) const override { return 0; }
  void forget(std::uint64_t) override {}
  std::pair<std::uint64_t, std::uint64_t> prepared_bytes(std::uint64_t) const override { return {0, 0}; }
  std::uint64_t workspace_bytes() const override { return static_cast<std::uint64_t>(workspace_.peak_bytes()); }
  std::uint64_t workspace_used_bytes() const override { return static_cast<std::uint64_t>(workspace_.used_bytes()); }
  Result<std::unique_ptr<KvCache, void (*)(KvCache*)>> create_cache(std::int32_t layers, std::int32_t pages,
                                                                  std::int32_t kv_heads, std::int32_t key_dim,
                                                                  std::int32_t value_dim, DType wanted = DType::f32) override;
  void synchronise() override {}
  void read(const Tensor& tensor, void* host) override;
  Tensor upload(const void* host, DType dtype, std::initializer_list<std::int64_t> shape) override;

  Tensor allocate(DType dtype, std::initializer_list<std::int64_t> shape) override { return workspace_.allocate(dtype, shape); }
  Mark mark() override { return workspace_.mark(); }
  void release(Mark to) override { workspace_.release(to); }

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
  Routing adapter_places(const Batch& batch, const Routing* within = nullptr, std::int64_t experts = 1) override;
  Routing map_places(const Routing& routing, const std::int32_t* table) override;
  Tensor combine(const Tensor& y, const Routing& routing) override;
  Tensor weigh_input(const Tensor& x, const Routing& routing) override;
  Tensor residual_add(Tensor x, const Tensor& y) override;
  Tensor sigmoid_gate(const Tensor& y, const Tensor& g) override;
  Tensor scale(const Tensor& x, float s) override;
  Tensor output_rows(const Tensor& x, const Batch& batch) override;
  Tensor cross_entropy(const Tensor& logits, const std::int32_t* targets) override;

  void embed_backward(const Tensor& dy, const Batch& batch, Tensor dtable) override;
  Tensor linear_backward_input(const Tensor& dy, WeightRef weight) override;
  void linear_backward_weight(const Tensor& dy, const Tensor& x, Tensor dweight) override;
  void bias_backward(const Tensor& dy, Tensor dbias) override;
  Tensor rms_norm_backward(const Tensor& dy, const Tensor& x, WeightRef weight, float epsilon,
                           const Tensor* dweight) override;
  Tensor rope_backward(const Tensor& dy, const RopeSpec& spec, const Batch& batch) override;
  AttentionGradients attention_backward(const Tensor& dy, const Tensor& q, const Tensor& k, const Tensor& v,
                                        const AttentionSpec& spec, const Batch& batch) override;
  std::pair<Tensor, Tensor> glu_backward(const Tensor& dy, const Tensor& gate, const Tensor& up,
                                         const Activation& activation) override;
  Tensor route_backward(const Tensor& dweights, const Tensor& logits, const Routing& routing, WeightRef selection_bias,
                        const RouterSpec& spec, const Batch& batch, std::int32_t routed_layer) override;
  Tensor router_loss_backward(const Tensor& dlosses, const Tensor& logits, const Routing& routing, const RouterSpec& spec,
                              const RouterLossSpec& losses, const Batch& batch) override;
  Tensor expert_linear_backward_input(const Tensor& dy, const Tensor& x, WeightRef weight, const Routing& routing) override;
  void expert_linear_backward_weight(const Tensor& dy, const Tensor& x, const Routing& routing, Tensor dweight) override;
  void expert_bias_backward(const Tensor& dy, const Routing& routing, Tensor dbias) override;
  void expert_scale_backward(const Tensor& dy, const Tensor& y, const Routing& routing, Tensor dscale) override;
  CombineGradients combine_backward(const Tensor& dout, const Tensor& y, const Routing& routing) override;
  std::pair<Tensor, Tensor> sigmoid_gate_backward(const Tensor& dout, const Tensor& y, const Tensor& g) override;
  Tensor output_rows_backward(const Tensor& dy, const Batch& batch) override;
  Tensor cross_entropy_backward(const Tensor& dloss, const Tensor& logits, const std::int32_t* targets) override;
  void accumulate(Tensor into, const Tensor& value) override;
  void clear(Tensor tensor) override;

 protected:
  Context context_;
  std::shared_ptr<ThreadPool> pool_;
  Workspace workspace_;

  Tensor like(const Tensor& x) { return workspace_.allocate(x.dtype, std::span(x.dim, static_cast<std::size_t>(x.rank))); }
  Tensor like(const Tensor& x, std::int64_t last);  // x's shape with another last dimension

  // The places of a routing by expert: places[first[e], first[e + 1]) ascending, in the workspace.
  struct ExpertRows {
    const std::int64_t* first = nullptr;   // [experts + 1]
    const std::int64_t* places = nullptr;  // row * k + place
    std::int64_t most = 0;                 // of one expert
    std::int64_t experts = 0;
    std::int64_t used() const { return first[experts]; }
  };
  ExpertRows sort_by_expert(const Routing& routing, std::int64_t experts);

  // function(i) for i in [0, count), each of about `work` multiplications.
  template <class Function>
  void for_each(std::int64_t count, std::int64_t work, Function&& function) {
    const std::int64_t grain = std::max<std::int64_t>(1, smallest_piece / std::max<std::int64_t>(1, work));
    pool_->parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t i = begin; i < end; ++i) function(i);
    });
  }

 private:
  static constexpr std::int64_t smallest_piece = 16384;  // multiplications worth handing to another thread

  // A whole vector weight as f32; in the workspace where it is not f32 already.
  const float* vector(WeightRef weight);
  Tensor rotate(const Tensor& x, const RopeSpec& spec, const Batch& batch, float direction);
};

}  // namespace roundhouse
