// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "engine/cpu/fast_backend.h"
#include "engine/cpu/matrix_product.h"

namespace roundhouse {

// What training runs on: products in float32, or of operands rounded to bfloat16, forward and backward, with weights of any type unpacked where they are
// used and never kept in another form. Sums run in one order, whatever the number of threads. A forward pass without a KV
// cache only. Small operations are those of the fast and the reference backend.
class TrainingBackend final : public FastBackend {
 public:
  // Unsupported where the processor lacks `isa`, or AVX-512 BF16 for bfloat16.
  static Result<std::unique_ptr<TrainingBackend>> create(Context context, std::shared_ptr<ThreadPool> pool, Isa isa,
                                                         ProductPrecision precision = ProductPrecision::float32);

  std::string name() const override {
    return std::string("cpu training ") + isa_name(isa()) + (precision_ == ProductPrecision::bfloat16 ? " bfloat16" : "");
  }
  // Both operands are rounded to 8 bits: 2^-9 each.
  Numerics numerics() const override { return {false, precision_ == ProductPrecision::bfloat16 ? 0x1p-8 : 2e-6}; }

  // Vectors are kept as float32; of matrices only the bytes are looked at.
  Status prepare(std::uint64_t model, const Weight& weight) override;
  std::uint64_t bytes_to_prepare(const Weight& weight) const override;

  Tensor linear(const Tensor& x, const LinearWeights& w) override;
  // With a cache, softcapped or with its probabilities asked for, the fast backend's.
  Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSpec& spec, const Batch& batch,
                   std::int32_t layer, const Tensor* probabilities = nullptr) override;
  Tensor expert_linear(const Tensor& x, WeightRef weight, const Routing& routing) override;
  // B of an adapter: summed where y is.
  Tensor add_expert_linear(const Tensor& y, const Tensor& x, WeightRef weight, const Routing& routing) override;
  Tensor cross_entropy(const Tensor& logits, const std::int32_t* targets) override;

  std::vector<Tensor> linears(const Tensor& x, std::span<const LinearWeights> weights) override { return Ops::linears(x, weights); }
  Tensor dense_ffn(const Tensor& x, const FfnWeights& w, const Activation& activation, const Batch& batch) override {
    return Ops::dense_ffn(x, w, activation, batch);
  }
  Tensor routed_ffn(const Tensor& x, const FfnWeights& w, const Activation& activation, const Routing& routing, const Batch& batch) override {
    return Ops::routed_ffn(x, w, activation, routing, batch);
  }
  Tensor moe(const Tensor& x, const MoeWeights& w, const RouterSpec& spec, const Activation& activation, const Batch& batch,
             std::int32_t routed_layer) override {
    return Ops::moe(x, w, spec, activation, batch, routed_layer);
  }

  Tensor linear_backward_input(const Tensor& dy, WeightRef weight) override;
  // Fast without a gradient of the weight.
  Tensor rms_norm_backward(const Tensor& dy, const Tensor& x, WeightRef weight, float epsilon, const Tensor* dweight) override;
  Tensor rope_backward(const Tensor& dy, const RopeSpec& spec, const Batch& batch) override;
  // Fast for silu with a gate.
  std::pair<Tensor, Tensor> glu_backward(const Tensor& dy, const Tensor& gate, const Tensor& up, const Activation& activation) override;
  CombineGradients combine_backward(const Tensor& dout, const Tensor& y, const Routing& routing) override;
  AttentionGradients attention_backward(const Tensor& dy, const Tensor& q, const Tensor& k, const Tensor& v,
                                        const AttentionSpec& spec, const Batch& batch) override;
  Tensor cross_entropy_backward(const Tensor& dloss, const Tensor& logits, const std::int32_t* targets) override;
  void linear_backward_weight(const Tensor& dy, const Tensor& x, Tensor dweight) override;
  Tensor expert_linear_backward_input(const Tensor& dy, const Tensor& x, WeightRef weight, const Routing& routing) override;
  void expert_linear_backward_weight(const Tensor& dy, const Tensor& x, const Routing& routing, Tensor dweight) override;
  void accumulate(Tensor into, const Tensor& value) override;

 private:
  TrainingBackend(Context context, std::shared_ptr<ThreadPool> pool, Isa isa, const kernels::KernelTable& table, ProductPrecision precision)
      : FastBackend(std::move(context), std::move(pool), isa, table), precision_(precision) {}

  // dweight [experts, out, in] += dy' x of each expert's rows: pointers from first[expert] on.
  void add_outer_products(const float* const* dy, std::int64_t out, const float* const* x, std::int64_t in, const std::int64_t* first,
                          std::int64_t experts, float* dweight);
  // y [rows, k, out] of the used places = or += their products.
  void expert_products(const Tensor& y, const Tensor& x, const Weight& weight, const Routing& routing, bool add);

  struct Sequences;  // of a batch, as groups of products
  Sequences sequences_of(const Batch& batch);
  // Rows of one head: pointers into x [rows, heads, n].
  float** head_rows(const Tensor& x, std::int64_t head);
  // softmax(q k') of one head, causal: row i of a sequence in `probabilities`[row i], [longest].
  void probabilities_of(const Sequences& sequences, const Tensor& q, std::int64_t head, const Tensor& k, std::int64_t kv_head, const AttentionSpec& spec,
                        float* const* probabilities);
  std::span<const MatrixProduct::Group> groups_of(const ExpertRows& places, std::int64_t k, std::int64_t n);
  // Pointers to the rows of [count, n] at `first`, in the workspace.
  float** row_pointers(float* first, std::int64_t count, std::int64_t n);
  MatrixProduct product() { return MatrixProduct(*pool_, workspace_, kernels(), precision_); }
  MatrixProduct product_with(const Weight& weight) {
    return MatrixProduct(*pool_, workspace_, kernels(), weight.name.ends_with(".router") ? ProductPrecision::float32 : precision_);
  }

  const ProductPrecision precision_;
};

}  // namespace roundhouse
