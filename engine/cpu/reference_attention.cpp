// SPDX-License-Identifier: Apache-2.0
// Rotation and attention.
#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "engine/base/portable_math.h"
#include "engine/cpu/host_cache.h"
#include "engine/cpu/reference_backend.h"
#include "engine/cpu/reference_kernels.h"

namespace roundhouse {

// direction 1 rotates, -1 rotates back (the transpose).
Tensor ReferenceBackend::rotate(const Tensor& x, const RopeSpec& spec, const Batch& batch, float direction) {
  assert(x.rank == 3 && x.dim[0] == batch.rows);
  const auto pairs = static_cast<std::int64_t>(spec.inv_freq.size());
  const std::int64_t heads = x.dim[1], dim = x.dim[2];
  assert(2 * pairs <= dim);
  const Tensor y = like(x);
  const WorkspaceScope scope(workspace_);
  float* const scratch = workspace_.allocate_array<float>(pool_->threads() * 2 * pairs);
  const std::int64_t grain = std::max<std::int64_t>(1, smallest_piece / (64 * pairs + 4 * heads * dim));
  pool_->parallel_for(batch.rows, grain, [&](std::int64_t begin, std::int64_t end, int worker) {
    float* const cosine = scratch + worker * 2 * pairs;
    float* const sine = cosine + pairs;
    for (std::int64_t row = begin; row < end; ++row) {
      for (std::int64_t i = 0; i < pairs; ++i) {
        const std::int64_t axis = spec.axis.empty() ? 0 : spec.axis[static_cast<std::size_t>(i)];
        const auto position = static_cast<float>(batch.positions[axis * batch.rows + row]);
        double s, c;
        portable::sincos(position * spec.inv_freq[static_cast<std::size_t>(i)], s, c);
        cosine[i] = static_cast<float>(c) * spec.magnitude;
        sine[i] = static_cast<float>(s) * spec.magnitude * direction;
      }
      const std::int64_t step = spec.order == RopeOrder::halves ? 1 : 2;
      const std::int64_t partner = spec.order == RopeOrder::halves ? pairs : 1;
      for (std::int64_t head = 0; head < heads; ++head) {
        const float* const from = x.f32() + (row * heads + head) * dim;
        float* const to = y.f32() + (row * heads + head) * dim;
        for (std::int64_t i = 0; i < pairs; ++i) {
          const float a = from[i * step], b = from[i * step + partner];
          to[i * step] = a * cosine[i] - b * sine[i];
          to[i * step + partner] = b * cosine[i] + a * sine[i];
        }
        std::copy(from + 2 * pairs, from + dim, to + 2 * pairs);
      }
    }
  });
  return y;
}

Tensor ReferenceBackend::rope(const Tensor& x, const RopeSpec& spec, const Batch& batch) {
  return rotate(x, spec, batch, 1.0f);
}

Tensor ReferenceBackend::rope_backward(const Tensor& dy, const RopeSpec& spec, const Batch& batch) {
  return rotate(dy, spec, batch, -1.0f);
}

namespace {

// Keys or values that a sequence sees: in the batch's own tensor or in the cache.
struct Rows {
  const float* data = nullptr;
  std::int64_t dim = 0, heads = 0;
  std::int64_t first_row = 0;              // of the sequence, without a cache
  const KvCache* cache = nullptr;
  const std::int32_t* pages = nullptr;

  const float* at(std::int64_t position, std::int64_t head) const {
    if (!cache) return data + ((first_row + position) * heads + head) * dim;
    return data + cache_offset(*cache, pages, static_cast<std::int32_t>(position), static_cast<std::int32_t>(head),
                               static_cast<std::int32_t>(dim));
  }
};

std::int64_t first_visible(const AttentionSpec& spec, std::int64_t position) {
  return spec.window_tokens > 0 ? std::max<std::int64_t>(0, position - spec.window_tokens + 1) : 0;
}

// Attention of one query: probabilities[position] for first <= position <= own.
void probabilities_of(const float* q, const Rows& keys, std::int64_t head, const AttentionSpec& spec, std::int64_t first,
                      std::int64_t own, float* probabilities) {
  float largest = -std::numeric_limits<float>::infinity();
  for (std::int64_t p = first; p <= own; ++p) {
    float score = reference::dot(q, keys.at(p, head), spec.key_dim) * spec.scale;
    if (spec.logit_softcap > 0.0f) {
      score = spec.logit_softcap * static_cast<float>(portable::tanh(score / spec.logit_softcap));
    }
    probabilities[p] = score;
    largest = std::max(largest, score);
  }
  double sum = 0.0;
  for (std::int64_t p = first; p <= own; ++p) {
    probabilities[p] = static_cast<float>(portable::exp(static_cast<double>(probabilities[p]) - largest));
    sum += probabilities[p];
  }
  const auto total = static_cast<float>(sum);
  for (std::int64_t p = first; p <= own; ++p) probabilities[p] /= total;
}

void write_to_cache(const Tensor& x, const Tensor& cached, const Batch& batch) {
  const std::int64_t heads = cached.dim[1], dim = cached.dim[3];
  for (std::int64_t row = 0; row < batch.rows; ++row) {
    const std::int32_t slot = batch.cache_slot[row];
    const std::int64_t page = slot / KvCache::page_tokens, offset = slot % KvCache::page_tokens;
    for (std::int64_t head = 0; head < heads; ++head) {
      std::copy_n(x.f32() + (row * heads + head) * dim, dim,
                  cached.f32() + ((page * heads + head) * KvCache::page_tokens + offset) * dim);
    }
  }
}

}  // namespace

Tensor ReferenceBackend::attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSpec& spec,
                                   const Batch& batch, std::int32_t layer, const Tensor* probabilities) {
  assert(q.elements() == static_cast<std::int64_t>(batch.rows) * spec.heads * spec.key_dim);
  assert(spec.heads % spec.kv_heads == 0);
  const KvCache* const cache = batch.cache;
  if (cache) {
    assert(layer < cache->layers && cache->kv_heads == spec.kv_heads);
    write_to_cache(k, cache->keys[layer], batch);
    write_to_cache(v, cache->values[layer], batch);
  }
  const std::int64_t heads = spec.heads, group = spec.heads / spec.kv_heads;
  const Tensor y = workspace_.allocate(DType::f32, {batch.rows, heads, spec.value_dim});
  const WorkspaceScope scope(workspace_);
  std::int64_t longest = 1;
  for (const BatchSequence& sequence : batch.sequences) {
    longest = std::max<std::int64_t>(longest, static_cast<std::int64_t>(sequence.cached_tokens) + sequence.rows);
  }
  float* const scratch = workspace_.allocate_array<float>(pool_->threads() * longest);
  const std::int64_t grain = std::max<std::int64_t>(1, smallest_piece / (longest * (spec.key_dim + spec.value_dim)));
  pool_->parallel_for(batch.rows * heads, grain, [&](std::int64_t begin, std::int64_t end, int worker) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t row = task / heads, head = task % heads;
      const BatchSequence& sequence = batch.sequences[static_cast<std::size_t>(batch.sequence[row])];
      const std::int64_t own = sequence.cached_tokens + (row - sequence.first_row);
      assert(own >= sequence.cached_tokens && (cache || sequence.cached_tokens == 0));
      const std::int64_t first = first_visible(spec, own);
      const Rows keys{cache ? cache->keys[layer].f32() : k.f32(), spec.key_dim, spec.kv_heads, sequence.first_row, cache,
                      sequence.pages};
      const Rows values{cache ? cache->values[layer].f32() : v.f32(), spec.value_dim, spec.kv_heads, sequence.first_row,
                        cache, sequence.pages};
      float* const p = scratch + worker * longest;
      probabilities_of(q.f32() + task * spec.key_dim, keys, head / group, spec, first, own, p);
      float* const to = y.f32() + task * spec.value_dim;
      std::fill_n(to, spec.value_dim, 0.0f);
      for (std::int64_t i = first; i <= own; ++i) {
        reference::add_scaled(to, p[i], values.at(i, head / group), spec.value_dim);
      }
      if (probabilities) {
        float* const out = probabilities->f32() + task * probabilities->last();
        std::fill_n(out, probabilities->last(), 0.0f);
        const std::int64_t last = std::min(own, probabilities->last() - 1);
        for (std::int64_t i = first; i <= last; ++i) out[i] = p[i];
      }
    }
  });
  return y;
}

Backend::AttentionGradients ReferenceBackend::attention_backward(const Tensor& dy, const Tensor& q, const Tensor& k,
                                                                 const Tensor& v, const AttentionSpec& spec,
                                                                 const Batch& batch) {
  assert(!batch.cache);
  const std::int64_t heads = spec.heads, kv_heads = spec.kv_heads, group = heads / kv_heads;
  const std::int64_t kd = spec.key_dim, vd = spec.value_dim;
  const AttentionGradients gradients{like(q), like(k), like(v)};
  clear(gradients.dq);
  clear(gradients.dk);
  clear(gradients.dv);
  const WorkspaceScope scope(workspace_);
  std::int64_t longest = 1;
  for (const BatchSequence& sequence : batch.sequences) longest = std::max<std::int64_t>(longest, sequence.rows);
  float* const scratch = workspace_.allocate_array<float>(pool_->threads() * 2 * longest);
  // One task a sequence and key head: it alone writes there.
  const auto tasks = static_cast<std::int64_t>(batch.sequences.size()) * kv_heads;
  pool_->parallel_for(tasks, 1, [&](std::int64_t begin, std::int64_t end, int worker) {
    float* const p = scratch + worker * 2 * longest;
    float* const dscore = p + longest;
    for (std::int64_t task = begin; task < end; ++task) {
      const BatchSequence& sequence = batch.sequences[static_cast<std::size_t>(task / kv_heads)];
      const std::int64_t kv_head = task % kv_heads;
      const Rows keys{k.f32(), kd, kv_heads, sequence.first_row, nullptr, nullptr};
      const Rows values{v.f32(), vd, kv_heads, sequence.first_row, nullptr, nullptr};
      for (std::int64_t own = 0; own < sequence.rows; ++own) {
        for (std::int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
          const std::int64_t query = (sequence.first_row + own) * heads + head;
          const float* const from = q.f32() + query * kd;
          const float* const g = dy.f32() + query * vd;
          float* const dq = gradients.dq.f32() + query * kd;
          const std::int64_t first = first_visible(spec, own);
          probabilities_of(from, keys, kv_head, spec, first, own, p);
          double inner = 0.0;
          for (std::int64_t i = first; i <= own; ++i) {
            dscore[i] = reference::dot(g, values.at(i, kv_head), vd);
            inner += static_cast<double>(dscore[i]) * p[i];
          }
          for (std::int64_t i = first; i <= own; ++i) {
            double slope = p[i] * (dscore[i] - inner) * spec.scale;
            if (spec.logit_softcap > 0.0f) {
              const double raw = reference::dot(from, keys.at(i, kv_head), kd) * spec.scale;
              const double t = portable::tanh(raw / spec.logit_softcap);
              slope *= 1.0 - t * t;
            }
            const std::int64_t at = (sequence.first_row + i) * kv_heads + kv_head;
            reference::add_scaled(dq, static_cast<float>(slope), keys.at(i, kv_head), kd);
            reference::add_scaled(gradients.dk.f32() + at * kd, static_cast<float>(slope), from, kd);
            reference::add_scaled(gradients.dv.f32() + at * vd, p[i], g, vd);
          }
        }
      }
    }
  });
  return gradients;
}

}  // namespace roundhouse
