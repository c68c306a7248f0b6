// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/ops/ops.h"
#include "roundhouse/cancel.h"
#include "roundhouse/isa.h"
#include "roundhouse/result.h"

namespace roundhouse {

// How exact a backend is. Written into traces and conformance reports.
struct Numerics {
  bool bit_exact_reference = false;     // float32 in the reference's order
  double relative_tolerance = 0.0;      // of one linear op against the reference, relative to |x| |w|
};

// A device that runs Ops, with the backward of each primitive. `d...` are gradients, same shape as their value, f32.
// Backward functions allocate their results like ops do, except gradients of parameters, which are added to the caller's
// buffer ([experts, rows, cols] f32, in the backend's memory space). One thread at a time.
class Backend : public Ops {
 public:
  virtual std::string name() const = 0;  // "cpu reference", "cpu avx512", "cuda"
  virtual Isa isa() const = 0;
  virtual Numerics numerics() const = 0;

  // Makes a weight ready: repacks, uploads. Must precede its use; may take long for large weights; the original bytes
  // stay where they are. Weights of one model have distinct ids; `model` distinguishes models (chosen by the caller).
  virtual Status prepare(std::uint64_t model, const Weight& weight) = 0;
  virtual std::uint64_t bytes_to_prepare(const Weight& weight) const = 0;  // that prepare() would take for it
  virtual void forget(std::uint64_t model) = 0;  // frees prepared forms
  // Bytes of prepared forms: dense, experts.
  virtual std::pair<std::uint64_t, std::uint64_t> prepared_bytes(std::uint64_t model) const = 0;
  virtual std::uint64_t workspace_bytes() const = 0;  // high-water mark
  virtual std::uint64_t workspace_used_bytes() const = 0;  // allocated and not released

  // `wanted`: f16 or f32; a backend may keep more than asked for (the reference keeps f32).
  virtual Result<std::unique_ptr<KvCache, void (*)(KvCache*)>> create_cache(std::int32_t layers, std::int32_t pages,
                                                                          std::int32_t kv_heads, std::int32_t key_dim,
                                                                          std::int32_t value_dim, DType wanted = DType::f32) = 0;
  virtual void synchronise() = 0;  // after it, results are readable
  // Copies a tensor to host memory (synchronises).
  virtual void read(const Tensor& tensor, void* host) = 0;
  virtual Tensor upload(const void* host, DType dtype, std::initializer_list<std::int64_t> shape) = 0;

  // --- backward of the primitives ---
  virtual void embed_backward(const Tensor& dy, const Batch& batch, Tensor dtable) = 0;
  virtual Tensor linear_backward_input(const Tensor& dy, WeightRef weight) = 0;             // W' dy
  virtual void linear_backward_weight(const Tensor& dy, const Tensor& x, Tensor dweight) = 0;  // += dy' x
  virtual void bias_backward(const Tensor& dy, Tensor dbias) = 0;                           // += sum over rows
  virtual Tensor rms_norm_backward(const Tensor& dy, const Tensor& x, WeightRef weight, float epsilon,
                                   const Tensor* dweight) = 0;  // dweight null: frozen
  virtual Tensor rope_backward(const Tensor& dy, const RopeSpec& spec, const Batch& batch) = 0;
  struct AttentionGradients { Tensor dq, dk, dv; };
  virtual AttentionGradients attention_backward(const Tensor& dy, const Tensor& q, const Tensor& k, const Tensor& v,
                                                const AttentionSpec& spec, const Batch& batch) = 0;
  // gate undefined: so is dgate.
  virtual std::pair<Tensor, Tensor> glu_backward(const Tensor& dy, const Tensor& gate, const Tensor& up,
                                                 const Activation& activation) = 0;
  // Gradient of the logits through the weights, ids held fixed.
  virtual Tensor route_backward(const Tensor& dweights, const Tensor& logits, const Routing& routing,
                                WeightRef selection_bias, const RouterSpec& spec, const Batch& batch,
                                std::int32_t routed_layer) = 0;
  // Gradient of the logits; dlosses [2]. The share of tokens that an expert has is held fixed.
  virtual Tensor router_loss_backward(const Tensor& dlosses, const Tensor& logits, const Routing& routing, const RouterSpec& spec,
                                      const RouterLossSpec& losses, const Batch& batch) = 0;
  // dx has x's shape ([rows, in]: summed over places).
  virtual Tensor expert_linear_backward_input(const Tensor& dy, const Tensor& x, WeightRef weight,
                                              const Routing& routing) = 0;
  virtual void expert_linear_backward_weight(const Tensor& dy, const Tensor& x, const Routing& routing, Tensor dweight) = 0;
  // dbias [experts, 1, n] += sum over the places of each expert; y's own gradient is dy.
  virtual void expert_bias_backward(const Tensor& dy, const Routing& routing, Tensor dbias) = 0;
  // dscale [experts, 1, n] += sum of dy * y over the places of each expert.
  virtual void expert_scale_backward(const Tensor& dy, const Tensor& y, const Routing& routing, Tensor dscale) = 0;
  // Also weigh_input's: dx = combine(dy), dweights from combine_backward(x, dy). dweights is undefined without weights.
  struct CombineGradients { Tensor dy, dweights; };
  virtual CombineGradients combine_backward(const Tensor& dout, const Tensor& y, const Routing& routing) = 0;
  virtual std::pair<Tensor, Tensor> sigmoid_gate_backward(const Tensor& dout, const Tensor& y, const Tensor& g) = 0;
  virtual Tensor output_rows_backward(const Tensor& dy, const Batch& batch) = 0;
  virtual Tensor cross_entropy_backward(const Tensor& dloss, const Tensor& logits, const std::int32_t* targets) = 0;
  virtual void accumulate(Tensor into, const Tensor& value) = 0;  // into += value; equally many elements
  virtual void clear(Tensor tensor) = 0;                          // zeros
};

}  // namespace roundhouse
