// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/ops/batch.h"
#include "engine/ops/specs.h"
#include "engine/ops/tensor.h"
#include "engine/ops/weight.h"

namespace roundhouse {

// What the router decided for a batch in one layer.
struct Routing {
  Tensor ids;      // [rows, k] i32, by descending selection score; -1: unused place (its weight is 0)
  Tensor weights;  // [rows, k] f32; undefined: 1 for each used place
  std::int32_t k = 0;
};

// Low-rank adapters beside one weight, any number of them stacked: adapter i adds b_i (a_i x). Beside routed experts the
// stack holds a pair for each expert of each adapter, [adapter][expert]. b already holds the adapter's scale. Adapters that
// set the size of each output row as well (DoRA) then multiply the sum y by `scale` and add `shift`.
struct AdapterWeights {
  WeightRef a = nullptr;  // [adapters (times experts), rank, in]; null: none
  WeightRef b = nullptr;  // [adapters (times experts), out, rank]
  WeightRef scale = nullptr, shift = nullptr;  // [adapters (times experts), 1, out]; null: none. No shift without a scale
};

struct LinearWeights {
  WeightRef weight = nullptr;  // [rows = out, cols = in]
  WeightRef bias = nullptr;    // [out] or null
  AdapterWeights adapters = {};  // applied by adapt(), not by linear()
};

// Experts of a routed network that have matrices of their own in place of the stack's (training of whole experts). Host
// tables; `own` null: none. A null matrix: there the stack's holds for all.
struct OwnExperts {
  WeightRef gate = nullptr, up = nullptr, down = nullptr;  // [own experts, out, in]
  const std::int32_t* own = nullptr;      // [experts] which of the own ones stands for it, -1: none
  const std::int32_t* stacked = nullptr;  // [experts] itself, -1: one of the own ones stands for it
};

// A feed-forward network; dense: experts == 1; routed: stacked. down null: no network.
struct FfnWeights {
  WeightRef gate = nullptr, up = nullptr, down = nullptr;  // gate null: activation(up x), nothing gated
  WeightRef gate_bias = nullptr, up_bias = nullptr, down_bias = nullptr;  // [out], routed [experts, 1, out]; null: none
  AdapterWeights gate_adapters = {}, up_adapters = {}, down_adapters = {};
  OwnExperts own = {};
  bool biased() const { return gate_bias || up_bias || down_bias; }
  bool adapted() const { return gate_adapters.a || up_adapters.a || down_adapters.a; }
};

// Bottlenecks behind a feed-forward block, a stack of one for each adapter; an adapter without one has zeros.
struct BottleneckWeights {
  WeightRef down = nullptr, down_bias = nullptr;  // [adapters, width, in], [adapters, 1, width]; null: none
  WeightRef up = nullptr, up_bias = nullptr;      // [adapters, in, width], [adapters, 1, in]
  Activation activation;                          // of one input, 0 at 0
};

// A whole mixture-of-experts feed-forward layer.
struct MoeWeights {
  WeightRef router = nullptr;          // [experts, width]
  WeightRef router_bias = nullptr;     // [experts] added to the logits, or null
  WeightRef selection_bias = nullptr;  // [experts] added to selection scores only, or null
  FfnWeights experts;
  FfnWeights shared;                   // down null: none
  WeightRef shared_gate = nullptr;     // [1, width]: shared output times sigmoid(shared_gate . x), or null
};

// The operations a model's blocks are written against: once, for inference and training, CPU and CUDA.
//
// Rules. Every result is a new tensor in the workspace, except where a contract names an input it may overwrite. Ops only
// enqueue: nothing is read back by the host, no callback runs inside. Activations are f32 at this interface; a backend
// may compute in less where its tolerance says so (Backend::numerics). One row's result does not depend on the other
// rows of the batch, bit for bit. Shapes are the caller's duty (asserted). Out of memory throws std::bad_alloc, which the
// model turns into an Error at its boundary. One thread at a time.
//
// Primitives are pure virtual and have a backward in Backend. Fused ops have a default here, their decomposition into
// primitives: the Tape and the reference backend use it, fast backends override them.
class Ops {
 public:
  virtual ~Ops() = default;

  // --- workspace ---
  virtual Tensor allocate(DType dtype, std::initializer_list<std::int64_t> shape) = 0;
  using Mark = std::uint64_t;
  virtual Mark mark() = 0;            // everything allocated later ...
  virtual void release(Mark to) = 0;  // ... is given back here (the Tape keeps it until its own end)

  // --- primitives ---
  // table [vocabulary, width] any type; tokens from the batch -> [rows, width].  Saves: nothing (batch tokens).
  virtual Tensor embed(WeightRef table, const Batch& batch) = 0;

  // x [n, in] (any rank; last = in) times weight' (+ bias) -> [..., out].  Saves: x.  Gives W x and, backward, W' dy
  // on the quantised bytes.
  virtual Tensor linear(const Tensor& x, const LinearWeights& w) = 0;

  // Over the last dimension: x / sqrt(mean(x^2) + epsilon) * weight. weight [last] f32.  Saves: x.
  virtual Tensor rms_norm(const Tensor& x, WeightRef weight, float epsilon) = 0;

  // x [rows, heads, dim] rotated by the batch's positions.  Saves: nothing.
  virtual Tensor rope(const Tensor& x, const RopeSpec& spec, const Batch& batch) = 0;

  // q [rows, heads, key_dim], k [rows, kv_heads, key_dim], v [rows, kv_heads, value_dim] -> [rows, heads, value_dim].
  // Causal within each sequence; keys are those cached plus the batch's own, which are written to `batch.cache` at
  // `layer` first (the declared write of this op; none without a cache). probabilities (optional, [rows, heads,
  // positions] f32, caller's) receives attention rows.  Saves: q, k, v.
  virtual Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSpec& spec, const Batch& batch,
                           std::int32_t layer, const Tensor* probabilities = nullptr) = 0;

  // gate, up [.., n] -> activation(gate) * up; gate undefined: activation(up), not for swiglu_clamped.  Saves: gate, up.
  virtual Tensor glu(const Tensor& gate, const Tensor& up, const Activation& activation) = 0;

  // The router: logits [rows, experts] f32 -> ids and weights, as RouterSpec lists the stages; applies the batch's edits
  // and replayed ids, records the batch's trace. `routed_layer` counts routed layers only.  Saves: logits, ids.
  virtual Routing route(const Tensor& logits, WeightRef selection_bias, const RouterSpec& spec, const Batch& batch,
                        std::int32_t routed_layer) = 0;

  // The losses of a router's choice, times their factors -> [2]: balance, z.  Saves: logits, ids.
  virtual Tensor router_loss(const Tensor& logits, const Routing& routing, const RouterSpec& spec, const RouterLossSpec& losses,
                             const Batch& batch) = 0;

  // x [rows, in] (the same for each place) or [rows, k, in]; weight [experts, out, in] -> [rows, k, out]: each place by
  // its expert; unused places give zeros.  Saves: x.
  virtual Tensor expert_linear(const Tensor& x, WeightRef weight, const Routing& routing) = 0;

  // y [rows, k, n] plus the bias of each place's expert, bias [experts, 1, n]; unused places stay zeros. Backends write
  // into y's own memory, the Tape where nothing saved is in it; either way y is dead afterwards: use the result.
  // Saves: nothing.
  virtual Tensor expert_bias(Tensor y, WeightRef bias, const Routing& routing) = 0;

  // y [rows, k, n] times the scale of each place's expert, scale [experts, 1, n]; unused places stay as they are. Its own
  // backward for y.  Saves: y.
  virtual Tensor expert_scale(const Tensor& y, WeightRef scale, const Routing& routing) = 0;

  // y [rows, k, n] -> sum over used places of weight * y -> [rows, n], places in ascending order.  Saves: y.
  virtual Tensor combine(const Tensor& y, const Routing& routing) = 0;

  // The adapter that each row of the batch asks for, as places of an adapter stack: ids [rows, 1]. `within` (of `experts`
  // experts): for each of its places that expert's copy, ids [rows, k] = adapter * experts + expert. Rows without an
  // adapter, and unused places, are -1. No weights; no gradient.
  virtual Routing adapter_places(const Batch& batch, const Routing* within = nullptr, std::int64_t experts = 1) = 0;

  // A routing's places by a table [experts] of the host: ids[i] -> table[ids[i]], unused ones stay -1. No weights; no gradient.
  virtual Routing map_places(const Routing& routing, const std::int32_t* table) = 0;

  // x [rows, n] -> weight * x for each place -> [rows, k, n]; unused places give zeros. The transpose of combine, and
  // each is the other's backward.  Saves: x.
  virtual Tensor weigh_input(const Tensor& x, const Routing& routing) = 0;

  // x + y. Backends write into x's own memory, so that a residual stream outlives the marks made after it; the Tape
  // into x's or y's or a new value, whichever keeps what is saved. Either way both are dead afterwards: use the result.
  // Saves: nothing.
  virtual Tensor residual_add(Tensor x, const Tensor& y) = 0;

  // y [rows, n] times sigmoid(g [rows, 1]).  Saves: y, g.
  virtual Tensor sigmoid_gate(const Tensor& y, const Tensor& g) = 0;

  // x times s.  Saves: nothing.
  virtual Tensor scale(const Tensor& x, float s) = 0;

  // The batch's output rows of x [rows, n] -> [outputs, n].  Saves: nothing.
  virtual Tensor output_rows(const Tensor& x, const Batch& batch) = 0;

  // Mean over rows with target >= 0 of -log softmax(logits)[target] -> [1].  targets [rows] i32, host.  Saves: logits.
  virtual Tensor cross_entropy(const Tensor& logits, const std::int32_t* targets) = 0;

  // --- fused ops, with their decompositions ---
  // y + expert_linear(x, weight, routing); y [rows, out] or [rows, k, out], dead afterwards: use the result.
  virtual Tensor add_expert_linear(const Tensor& y, const Tensor& x, WeightRef weight, const Routing& routing);
  // Several products of one x.
  virtual std::vector<Tensor> linears(const Tensor& x, std::span<const LinearWeights> weights);
  // x + y and its norm. The sum is in x's memory, like residual_add's.
  virtual std::pair<Tensor, Tensor> residual_add_norm(Tensor x, const Tensor& y, WeightRef weight, float epsilon);
  // Per-head norm (weight null: none) and rotation of q or k.
  virtual Tensor norm_rope(const Tensor& x, WeightRef weight, float epsilon, const RopeSpec& spec, const Batch& batch);
  // scale * (y + b (a x)) + shift, place by place; y itself where the weight has no adapters or no row asks for one. x [rows, in] or
  // [rows, k, in]; y [rows, out] or [rows, k, out], dead afterwards: use the result.
  virtual Tensor adapt(const Tensor& y, const Tensor& x, const AdapterWeights& w, const Routing& places);
  // y [rows, n] + up(activation(down y)), row by row of the adapter it asks for; y is dead afterwards: use the result.
  virtual Tensor bottleneck(const Tensor& y, const BottleneckWeights& w, const Batch& batch);
  // down(glu(gate x, up x)), each with its bias and then the adapters that the batch asks for.
  virtual Tensor dense_ffn(const Tensor& x, const FfnWeights& w, const Activation& activation, const Batch& batch);
  // combine(down_e(glu(gate_e x, up_e x))), likewise; an expert's own matrices in place of the stack's.
  virtual Tensor routed_ffn(const Tensor& x, const FfnWeights& w, const Activation& activation, const Routing& routing,
                            const Batch& batch);
  // Router, routed experts and shared expert of one layer.
  virtual Tensor moe(const Tensor& x, const MoeWeights& w, const RouterSpec& spec, const Activation& activation,
                     const Batch& batch, std::int32_t routed_layer);

 protected:
  // adapt() with a x at hand, `low` [rows, k, rank].
  Tensor adapt_with(const Tensor& y, const Tensor& low, const AdapterWeights& w, const Routing& places);
  // What follows the choice in moe().
  Tensor routed_and_shared(const Tensor& x, const MoeWeights& w, const Routing& routing, const RouterSpec& spec,
                           const Activation& activation, const Batch& batch);
};

}  // namespace roundhouse
