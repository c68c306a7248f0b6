// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cassert>

#include "engine/cpu/fast_backend.h"

namespace roundhouse {

using kernels::ActivationBlock;
using kernels::attention_rows;

namespace {

// Rounds to f16 or copies.
void convert(const kernels::KernelTable& table, const float* from, std::int64_t n, std::uint16_t* to) { table.to_f16(from, n, to); }
void convert(const kernels::KernelTable&, const float* from, std::int64_t n, float* to) { std::copy_n(from, n, to); }

}  // namespace

// Writes the batch's keys (transposed within their page) and values.
template <class Cached>
void FastBackend::write_cache(const Tensor& k, const Tensor& v, const AttentionSpec& spec, const Batch& batch,
                              std::int32_t layer) {
  constexpr std::int64_t page_tokens = KvCache::page_tokens, chunk = page_tokens;
  const std::int64_t heads = spec.kv_heads, key_dim = spec.key_dim, value_dim = spec.value_dim;
  auto* const keys = static_cast<Cached*>(batch.cache->keys[layer].data);
  auto* const values = static_cast<Cached*>(batch.cache->values[layer].data);
  const std::int64_t chunks = (batch.rows + chunk - 1) / chunk;
  const WorkspaceScope scope(workspace_);
  Cached* const scratch = workspace_.allocate_array<Cached>(pool_->threads() * key_dim);
  parallel(chunks * heads, 4 * std::min<std::int64_t>(chunk, batch.rows) * (key_dim + value_dim),
           [&](std::int64_t begin, std::int64_t end, int worker) {
    Cached* const row_keys = scratch + worker * key_dim;
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t head = task % heads, first = task / heads * chunk;
      for (std::int64_t row = first; row < std::min<std::int64_t>(first + chunk, batch.rows); ++row) {
        const std::int64_t page = batch.cache_slot[row] / page_tokens, offset = batch.cache_slot[row] % page_tokens;
        const std::int64_t at = page * heads + head;
        convert(table_, k.f32() + (row * heads + head) * key_dim, key_dim, row_keys);
        Cached* const column = keys + at * key_dim * page_tokens + offset;
        for (std::int64_t d = 0; d < key_dim; ++d) column[d * page_tokens] = row_keys[d];
        convert(table_, v.f32() + (row * heads + head) * value_dim, value_dim, values + (at * page_tokens + offset) * value_dim);
      }
    }
  });
}

Tensor FastBackend::attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSpec& spec,
                              const Batch& batch, std::int32_t layer, const Tensor* probabilities) {
  if (!batch.cache) return ReferenceBackend::attention(q, k, v, spec, batch, layer, probabilities);
  const KvCache& cache = *batch.cache;
  assert(layer < cache.layers && cache.kv_heads == spec.kv_heads);
  const bool full_precision = cache.dtype == DType::f32;
  assert(full_precision || cache.dtype == DType::f16);
  assert(cache.key_dim == spec.key_dim && cache.value_dim == spec.value_dim && spec.heads % spec.kv_heads == 0);
  if (full_precision) write_cache<float>(k, v, spec, batch, layer);
  else write_cache<std::uint16_t>(k, v, spec, batch, layer);
  const std::int64_t heads = spec.heads, group = spec.heads / spec.kv_heads, value_dim = spec.value_dim;
  const Tensor y = workspace_.allocate(DType::f32, {batch.rows, heads, value_dim});
  // The rounded form of a row, for the product that follows, if blocks do not cross heads.
  ActivationBlock* const blocks = value_dim % kernels::block_values == 0 ? allocate_quantised(y) : nullptr;
  const std::int64_t head_blocks = value_dim / kernels::block_values;

  // A task: up to attention_rows query vectors (row by row, the heads of one key head adjacent) of a sequence. Later rows
  // see more, so they come first.
  struct Task {
    std::int32_t sequence, kv_head;
    std::int64_t first_vector;
  };
  const WorkspaceScope scope(workspace_);
  std::int64_t count = 0, longest = 0;
  for (const BatchSequence& sequence : batch.sequences) {
    count += (sequence.rows * group + attention_rows - 1) / attention_rows * spec.kv_heads;
    longest = std::max<std::int64_t>(longest, static_cast<std::int64_t>(sequence.cached_tokens) + sequence.rows);
  }
  Task* const tasks = workspace_.allocate_array<Task>(count);
  std::int64_t filled = 0;
  for (std::size_t s = 0; s < batch.sequences.size(); ++s) {
    const std::int64_t tiles = (batch.sequences[s].rows * group + attention_rows - 1) / attention_rows;
    for (std::int64_t tile = tiles - 1; tile >= 0; --tile) {
      for (std::int32_t head = 0; head < spec.kv_heads; ++head) {
        tasks[filled++] = {static_cast<std::int32_t>(s), head, tile * attention_rows};
      }
    }
  }
  const std::int64_t scratch_floats = (kernels::attention_scratch_floats(spec.key_dim, spec.value_dim) + 15) / 16 * 16;
  float* const scratch = workspace_.allocate_array<float>(pool_->threads() * scratch_floats);
  const std::int64_t page_key = KvCache::page_tokens * spec.key_dim, page_value = KvCache::page_tokens * value_dim;
  const auto head_of_cache = [&](const Tensor& tensor, std::int64_t elements) {  // where a head of page 0 begins
    return static_cast<const std::byte*>(tensor.data) + elements * dtype_block_bytes(cache.dtype);
  };
  const std::int64_t task_rows = std::min<std::int64_t>(attention_rows, batch.rows * group);

  parallel(count, task_rows * longest * (spec.key_dim + value_dim) / 16, [&](std::int64_t begin, std::int64_t end, int worker) {
    for (std::int64_t index = begin; index < end; ++index) {
      const Task& task = tasks[index];
      const BatchSequence& sequence = batch.sequences[static_cast<std::size_t>(task.sequence)];
      const float* from[attention_rows];
      float* to[attention_rows];
      float* wanted[attention_rows];
      std::int32_t first[attention_rows], last[attention_rows];
      const std::int64_t vectors = std::min<std::int64_t>(attention_rows, sequence.rows * group - task.first_vector);
      const auto head_of = [&](std::int64_t i) { return task.kv_head * group + (task.first_vector + i) % group; };
      const auto row_of = [&](std::int64_t i) { return sequence.first_row + (task.first_vector + i) / group; };
      for (std::int64_t i = 0; i < vectors; ++i) {
        const std::int64_t vector = row_of(i) * heads + head_of(i);
        from[i] = q.f32() + vector * spec.key_dim;
        to[i] = y.f32() + vector * value_dim;
        last[i] = static_cast<std::int32_t>(sequence.cached_tokens + row_of(i) - sequence.first_row);
        first[i] = spec.window_tokens > 0 ? std::max(0, last[i] - spec.window_tokens + 1) : 0;
        if (probabilities) {
          wanted[i] = probabilities->f32() + vector * probabilities->last();
          assert(probabilities->last() > last[i]);
          std::fill_n(wanted[i], probabilities->last(), 0.0f);
        }
      }
      table_.attention(kernels::AttentionArguments{
          full_precision, head_of_cache(cache.keys[layer], task.kv_head * page_key),
          head_of_cache(cache.values[layer], task.kv_head * page_value), page_key * spec.kv_heads, page_value * spec.kv_heads,
          sequence.pages, spec.key_dim, spec.value_dim, spec.scale, spec.logit_softcap,
          static_cast<int>(vectors), from, to, first, last, probabilities ? wanted : nullptr,
          scratch + worker * scratch_floats});
      if (blocks) {
        for (std::int64_t i = 0; i < vectors; ++i) {
          table_.quantise(to[i], value_dim, blocks + (row_of(i) * heads + head_of(i)) * head_blocks);
        }
      }
    }
  });
  return y;
}

}  // namespace roundhouse
