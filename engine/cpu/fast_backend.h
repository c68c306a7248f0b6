// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/cpu/fast_prepared.h"
#include "engine/cpu/kernels/kernel_table.h"
#include "engine/cpu/reference_backend.h"

namespace roundhouse {

// The forward operations with the kernels of one instruction set: weights packed at prepare(), activations of quantised
// products rounded to 16 bits per 32 values, routers in float32, keys and values kept as f16 or f32
// as asked for. One row's result is the same
// bit for bit whatever batch it is in and however many threads work. Backward, and attention without a cache (training),
// are the reference's.
// Within a page keys lie transposed: keys[layer] is [pages, kv_heads, key_dim, page_tokens].
class FastBackend : public ReferenceBackend {
 public:
  // Unsupported where the processor or the build lacks `isa` (avx2 or avx512).
  static Result<std::unique_ptr<FastBackend>> create(Context context, std::shared_ptr<ThreadPool> pool, Isa isa);

  std::string name() const override { return std::string("cpu ") + isa_name(isa_); }
  Isa isa() const override { return isa_; }
  // A block's values are off by at most 1.5 / 32,512 of its largest, so a row by at most sqrt(32) times that of its length.
  Numerics numerics() const override { return {false, 2.7e-4}; }

  Status prepare(std::uint64_t model, const Weight& weight) override { return prepared_.prepare(model, weight); }
  std::uint64_t bytes_to_prepare(const Weight& weight) const override { return bytes_to_pack(weight); }
  void forget(std::uint64_t model) override { prepared_.forget(model); }
  std::pair<std::uint64_t, std::uint64_t> prepared_bytes(std::uint64_t model) const override { return prepared_.bytes(model); }
  Result<std::unique_ptr<KvCache, void (*)(KvCache*)>> create_cache(std::int32_t layers, std::int32_t pages,
                                                                  std::int32_t kv_heads, std::int32_t key_dim,
                                                                  std::int32_t value_dim, DType wanted = DType::f32) override;
  void release(Mark to) override;

  Tensor linear(const Tensor& x, const LinearWeights& w) override;
  Tensor rms_norm(const Tensor& x, WeightRef weight, float epsilon) override;
  Tensor rope(const Tensor& x, const RopeSpec& spec, const Batch& batch) override;
  Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSpec& spec, const Batch& batch,
                   std::int32_t layer, const Tensor* probabilities = nullptr) override;
  Tensor glu(const Tensor& gate, const Tensor& up, const Activation& activation) override;
  Tensor expert_linear(const Tensor& x, WeightRef weight, const Routing& routing) override;
  Tensor residual_add(Tensor x, const Tensor& y) override;
  Tensor scale(const Tensor& x, float s) override;

  std::vector<Tensor> linears(const Tensor& x, std::span<const LinearWeights> weights) override;
  std::pair<Tensor, Tensor> residual_add_norm(Tensor x, const Tensor& y, WeightRef weight, float epsilon) override;
  Tensor norm_rope(const Tensor& x, WeightRef weight, float epsilon, const RopeSpec& spec, const Batch& batch) override;
  Tensor dense_ffn(const Tensor& x, const FfnWeights& w, const Activation& activation, const Batch& batch) override;
  Tensor routed_ffn(const Tensor& x, const FfnWeights& w, const Activation& activation, const Routing& routing,
                    const Batch& batch) override;
  Tensor moe(const Tensor& x, const MoeWeights& w, const RouterSpec& spec, const Activation& activation, const Batch& batch,
             std::int32_t routed_layer) override;

 protected:
  // Unsupported where the processor or the build lacks `isa`.
  static Result<const kernels::KernelTable*> table_for(Isa isa);
  FastBackend(Context context, std::shared_ptr<ThreadPool> pool, Isa isa, const kernels::KernelTable& table);
  const kernels::KernelTable& kernels() const { return table_; }
  // A prepared vector as f32; null for null.
  const float* vector(WeightRef weight) { return weight ? reinterpret_cast<const float*>(prepared_.find(*weight).data) : nullptr; }
  // norm_rope; `back`: the rotation's transpose instead.
  Tensor rotated(const Tensor& x, WeightRef weight, float epsilon, const RopeSpec& spec, const Batch& batch, bool back);

 private:

  // Rows as the kernels take them: an array of pointers for each form, null where the form is not there.
  struct Rows {
    const void* const* plain = nullptr;      // [n] to [columns] f32
    const void* const* quantised = nullptr;  // [n] to [columns / 32] ActivationBlock
    std::int64_t count = 0, columns = 0;
    const void* const* for_kind(kernels::WeightKind kind) const {
      return kernels::takes_quantised(kind) ? quantised : plain;
    }
  };
  // The last value whose rounded form was made, usually by the op that made the value: used again by its readers.
  struct Quantised {
    std::uint32_t id = 0;
    kernels::ActivationBlock* blocks = nullptr;
    Mark before = 0;  // the workspace's mark before `blocks` were allocated
  };
  struct Experts;  // rows sorted by expert
  struct RotaryTable {
    std::vector<float> inv_freq, angles;   // angles: [rows, 2, pairs] cosines and sines
    std::vector<std::int32_t> axis, positions;
    float magnitude = 0.0f;
    std::uint64_t used = 0;
  };

  kernels::ActivationBlock* allocate_quantised(const Tensor& x);
  const kernels::ActivationBlock* quantised(const Tensor& x);
  Rows rows_of(const Tensor& x, bool any_quantised, bool any_plain);

  // function(begin, end, worker) over [0, count) items of `work` multiplications each, in pieces worth a thread's while.
  template <class Function>
  void parallel(std::int64_t count, std::int64_t work, Function&& function) {
    pool_->parallel_for(count, std::max<std::int64_t>(1, piece_work / std::max<std::int64_t>(1, work)), function);
  }
  // function(first item, last item, first token, tokens) over items x tokens, for products of `columns` columns by items
  // of `rows` rows: adjacent items together, tokens in chunks whose activations stay in a core's cache.
  template <class Function>
  void parallel_tiles(std::int64_t items, std::int64_t tokens, std::int64_t columns, std::int64_t rows, Function&& function);

  Tensor product_result(const Tensor& x, std::int64_t out);
  const float* rotary(const RopeSpec& spec, const Batch& batch);
  template <class Cached>
  void write_cache(const Tensor& k, const Tensor& v, const AttentionSpec& spec, const Batch& batch, std::int32_t layer);

  Experts sort_by_expert(const Routing& routing, std::int64_t experts);
  Routing route_fast(const Tensor& x, const MoeWeights& w, const RouterSpec& spec, const Batch& batch,
                     std::int32_t routed_layer);
  // shared may be null; shared_gate [rows] or null.
  Tensor feed_forward(const Tensor& x, const FfnWeights* shared, const float* shared_gate, const FfnWeights* experts,
                      const Routing* routing, const Activation& activation);

  static constexpr std::int64_t piece_work = 40000;  // multiplications: about a microsecond, several times a region's cost

  const Isa isa_;
  const kernels::KernelTable& table_;
  PreparedWeights prepared_;
  Quantised quantised_;
  std::vector<RotaryTable> rotary_;
  std::uint64_t rotary_uses_ = 0;
};

template <class Function>
void FastBackend::parallel_tiles(std::int64_t items, std::int64_t tokens, std::int64_t columns, std::int64_t rows,
                                 Function&& function) {
  if (items == 0 || tokens == 0) return;
  constexpr std::int64_t tile = kernels::tile_tokens, cache_bytes = 256 << 10;
  // 96 bytes for 32 activations; at least four pieces a thread, as far as there are tiles.
  std::int64_t chunk = std::max<std::int64_t>(tile, cache_bytes / std::max<std::int64_t>(1, 3 * columns) / tile * tile);
  const std::int64_t wanted = (4 * pool_->threads() + items - 1) / items;
  chunk = std::min(chunk, std::max<std::int64_t>(tile, (tokens / wanted + tile - 1) / tile * tile));
  chunk = std::min(chunk, tokens);
  const std::int64_t chunks = (tokens + chunk - 1) / chunk;
  parallel(items * chunks, columns * rows * chunk, [&](std::int64_t begin, std::int64_t end, int) {
    while (begin < end) {
      const std::int64_t first = begin % items, last = std::min(items, first + end - begin);
      const std::int64_t token = begin / items * chunk;
      function(first, last, token, std::min(chunk, tokens - token));
      begin += last - first;
    }
  });
}

}  // namespace roundhouse
