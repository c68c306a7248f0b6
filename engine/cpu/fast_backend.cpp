// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/fast_backend.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "engine/base/portable_math.h"
#include "engine/cpu/host_cache.h"
#include "engine/cpu/kernels/select.h"

namespace roundhouse {

using kernels::ActivationBlock;
using kernels::ProductArguments;

FastBackend::FastBackend(Context context, std::shared_ptr<ThreadPool> pool, Isa isa, const kernels::KernelTable& table)
    : ReferenceBackend(context, pool), isa_(isa), table_(table), prepared_(context.memory, pool) {}

Result<const kernels::KernelTable*> FastBackend::table_for(Isa isa) {
  const std::vector<Isa> available = available_isas();
  const kernels::KernelTable* const table = kernels_for(isa);
  if (!table || std::find(available.begin(), available.end(), isa) == available.end()) {
    std::string names;
    for (const Isa each : available) names += (names.empty() ? "" : ", ") + std::string(isa_name(each));
    return Error{ErrorCode::unsupported, "create CPU backend", processor_description(), "one of " + names, isa_name(isa)};
  }
  return table;
}

Result<std::unique_ptr<FastBackend>> FastBackend::create(Context context, std::shared_ptr<ThreadPool> pool, Isa isa) {
  RH_ASSIGN(const kernels::KernelTable* const table, table_for(isa));
  return std::unique_ptr<FastBackend>(new FastBackend(std::move(context), std::move(pool), isa, *table));
}

Result<std::unique_ptr<KvCache, void (*)(KvCache*)>> FastBackend::create_cache(std::int32_t layers, std::int32_t pages,
                                                                             std::int32_t kv_heads, std::int32_t key_dim,
                                                                             std::int32_t value_dim, DType wanted) {
  return create_host_cache(context_.memory, wanted == DType::f32 ? DType::f32 : DType::f16, layers, pages, kv_heads, key_dim, value_dim);
}

void FastBackend::release(Mark to) {
  if (to <= quantised_.before) quantised_ = {};
  ReferenceBackend::release(to);
}

// Room for x's rounded form, which is then what quantised(x) gives: the caller fills it.
ActivationBlock* FastBackend::allocate_quantised(const Tensor& x) {
  const Mark before = mark();
  quantised_ = {x.id, workspace_.allocate_array<ActivationBlock>(x.elements() / kernels::block_values), before};
  return quantised_.blocks;
}

const ActivationBlock* FastBackend::quantised(const Tensor& x) {
  if (quantised_.blocks && quantised_.id == x.id) return quantised_.blocks;
  ActivationBlock* const blocks = allocate_quantised(x);
  const std::int64_t columns = x.last();
  parallel(x.vectors(), 2 * columns, [&](std::int64_t begin, std::int64_t end, int) {
    table_.quantise(x.f32() + begin * columns, (end - begin) * columns, blocks + begin * columns / kernels::block_values);
  });
  return blocks;
}

// The rounded form outlives a scope that the caller opens afterwards; the pointers lie in it.
FastBackend::Rows FastBackend::rows_of(const Tensor& x, bool any_quantised, bool any_plain) {
  Rows rows;
  rows.count = x.vectors();
  rows.columns = x.last();
  if (any_quantised) {
    const ActivationBlock* const blocks = quantised(x);
    const void** const pointers = workspace_.allocate_array<const void*>(rows.count);
    for (std::int64_t i = 0; i < rows.count; ++i) pointers[i] = blocks + i * (rows.columns / kernels::block_values);
    rows.quantised = pointers;
  }
  if (any_plain) {
    const void** const pointers = workspace_.allocate_array<const void*>(rows.count);
    for (std::int64_t i = 0; i < rows.count; ++i) pointers[i] = x.f32() + i * rows.columns;
    rows.plain = pointers;
  }
  return rows;
}

Tensor FastBackend::product_result(const Tensor& x, std::int64_t out) {
  std::int64_t shape[4];
  std::copy_n(x.dim, x.rank, shape);
  shape[x.rank - 1] = out;
  return workspace_.allocate(DType::f32, std::span<const std::int64_t>(shape, static_cast<std::size_t>(x.rank)));
}

std::vector<Tensor> FastBackend::linears(const Tensor& x, std::span<const LinearWeights> weights) {
  struct Part {
    const PackedWeight* packed;
    const float* bias;
    float* const* y;
    std::int64_t first_item;
  };
  std::vector<Tensor> results;
  results.reserve(weights.size());
  bool any_quantised = false, any_plain = false;
  for (const LinearWeights& w : weights) {
    const PackedWeight& packed = prepared_.find(*w.weight);
    assert(packed.experts == 1 && packed.columns == x.last());
    (kernels::takes_quantised(packed.kind) ? any_quantised : any_plain) = true;
    results.push_back(product_result(x, packed.rows));
  }
  if (any_quantised) quantised(x);
  const WorkspaceScope scope(workspace_);
  const Rows rows = rows_of(x, any_quantised, any_plain);
  Part* const parts = workspace_.allocate_array<Part>(static_cast<std::int64_t>(weights.size()));
  std::int64_t items = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const PackedWeight& packed = prepared_.find(*weights[i].weight);
    float** const y = workspace_.allocate_array<float*>(rows.count);
    for (std::int64_t t = 0; t < rows.count; ++t) y[t] = results[i].f32() + t * packed.rows;
    parts[i] = {&packed, vector(weights[i].bias), y, items};
    items += packed.groups();
  }
  parallel_tiles(items, rows.count, rows.columns, kernels::group_rows,
                 [&](std::int64_t first, std::int64_t last, std::int64_t token, std::int64_t tokens) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const Part& part = parts[i];
      const PackedWeight& w = *part.packed;
      const std::int64_t begin = std::max<std::int64_t>(first - part.first_item, 0);
      const std::int64_t end = std::min(last - part.first_item, w.groups());
      if (begin >= end) continue;
      table_.product[static_cast<int>(w.kind)](ProductArguments{
          w.data, w.stride_bytes, w.columns, w.rows, begin, end, rows.for_kind(w.kind) + token, static_cast<int>(tokens),
          part.y + token, 0, part.bias, nullptr});
    }
  });
  return results;
}

Tensor FastBackend::linear(const Tensor& x, const LinearWeights& w) { return linears(x, std::span(&w, 1))[0]; }

Tensor FastBackend::rms_norm(const Tensor& x, WeightRef weight, float epsilon) {
  const std::int64_t n = x.last();
  const Tensor y = product_result(x, n);
  const float* const w = vector(weight);
  parallel(x.vectors(), 2 * n, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i) table_.rms_norm(x.f32() + i * n, w, epsilon, n, y.f32() + i * n);
  });
  return y;
}

std::pair<Tensor, Tensor> FastBackend::residual_add_norm(Tensor x, const Tensor& y, WeightRef weight, float epsilon) {
  assert(x.elements() == y.elements());
  x.id = workspace_.next_id();
  const std::int64_t n = x.last();
  const Tensor norm = product_result(x, n);
  const float* const w = vector(weight);
  ActivationBlock* const blocks = n % kernels::block_values == 0 ? allocate_quantised(norm) : nullptr;
  parallel(x.vectors(), 4 * n, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i) {
      table_.add(x.f32() + i * n, y.f32() + i * n, n);
      table_.rms_norm(x.f32() + i * n, w, epsilon, n, norm.f32() + i * n);
      if (blocks) table_.quantise(norm.f32() + i * n, n, blocks + i * (n / kernels::block_values));
    }
  });
  return {x, norm};
}

Tensor FastBackend::residual_add(Tensor x, const Tensor& y) {
  assert(x.elements() == y.elements());
  x.id = workspace_.next_id();
  parallel(x.elements(), 1, [&](std::int64_t begin, std::int64_t end, int) {
    table_.add(x.f32() + begin, y.f32() + begin, end - begin);
  });
  return x;
}

Tensor FastBackend::scale(const Tensor& x, float s) {
  const Tensor y = product_result(x, x.last());
  parallel(x.elements(), 1, [&](std::int64_t begin, std::int64_t end, int) {
    table_.scale(x.f32() + begin, s, end - begin, y.f32() + begin);
  });
  return y;
}

Tensor FastBackend::glu(const Tensor& gate, const Tensor& up, const Activation& activation) {
  assert(gate.defined() ? gate.elements() == up.elements() : activation.kind != ActivationKind::swiglu_clamped);
  const Tensor y = product_result(up, up.last());
  const float* const activated = gate.defined() ? gate.f32() : up.f32();
  const float* const factor = gate.defined() ? up.f32() : nullptr;
  parallel(up.elements(), 16, [&](std::int64_t begin, std::int64_t end, int) {
    table_.glu(static_cast<kernels::Unit>(activation.kind), activation.alpha, activation.limit, activated + begin,
               factor ? factor + begin : nullptr, end - begin, y.f32() + begin);
  });
  return y;
}

// Cosines and sines of a batch's positions, [rows, 2, pairs]: made once a batch and rotation, not once a layer.
const float* FastBackend::rotary(const RopeSpec& spec, const Batch& batch) {
  constexpr std::size_t kept = 4;  // kinds of rotation in one model
  const std::size_t position_count = static_cast<std::size_t>(batch.rows) * static_cast<std::size_t>(batch.position_axes);
  const auto same = [&](const RotaryTable& t) {
    return t.magnitude == spec.magnitude && t.inv_freq == spec.inv_freq && t.axis == spec.axis &&
           t.positions.size() == position_count &&
           std::memcmp(t.positions.data(), batch.positions, position_count * sizeof(std::int32_t)) == 0;
  };
  for (RotaryTable& table : rotary_) {
    if (same(table)) {
      table.used = ++rotary_uses_;
      return table.angles.data();
    }
  }
  if (rotary_.size() < kept) rotary_.emplace_back();
  RotaryTable& table = *std::min_element(rotary_.begin(), rotary_.end(),
                                         [](const RotaryTable& a, const RotaryTable& b) { return a.used < b.used; });
  const std::size_t pairs = spec.inv_freq.size();
  table.used = 0;
  table.positions.clear();  // not found again if an allocation below fails
  table.inv_freq = spec.inv_freq;
  table.axis = spec.axis;
  table.magnitude = spec.magnitude;
  table.angles.resize(static_cast<std::size_t>(batch.rows) * 2 * pairs);
  parallel(batch.rows, static_cast<std::int64_t>(64 * pairs), [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t row = begin; row < end; ++row) {
      float* const cosine = table.angles.data() + static_cast<std::size_t>(row) * 2 * pairs;
      for (std::size_t i = 0; i < pairs; ++i) {
        const std::int64_t axis = spec.axis.empty() ? 0 : spec.axis[i];
        double s, c;
        portable::sincos(static_cast<float>(batch.positions[axis * batch.rows + row]) * spec.inv_freq[i], s, c);
        cosine[i] = static_cast<float>(c) * spec.magnitude;
        cosine[pairs + i] = static_cast<float>(s) * spec.magnitude;
      }
    }
  });
  table.positions.assign(batch.positions, batch.positions + position_count);
  table.used = ++rotary_uses_;
  return table.angles.data();
}

Tensor FastBackend::norm_rope(const Tensor& x, WeightRef weight, float epsilon, const RopeSpec& spec, const Batch& batch) {
  return rotated(x, weight, epsilon, spec, batch, false);
}

Tensor FastBackend::rotated(const Tensor& x, WeightRef weight, float epsilon, const RopeSpec& spec, const Batch& batch, bool back) {
  assert(x.rank == 3 && x.dim[0] == batch.rows);
  const auto pairs = static_cast<std::int64_t>(spec.inv_freq.size());
  const std::int64_t heads = x.dim[1], dim = x.dim[2];
  assert(2 * pairs <= dim);
  const Tensor y = product_result(x, dim);
  const float* const angles = rotary(spec, batch);
  const float* const w = vector(weight);
  const WorkspaceScope scope(workspace_);
  float* const negative = back ? workspace_.allocate_array<float>(pool_->threads() * pairs) : nullptr;  // sines
  parallel(batch.rows, 4 * heads * dim, [&](std::int64_t begin, std::int64_t end, int worker) {
    for (std::int64_t row = begin; row < end; ++row) {
      const float* from = x.f32() + row * heads * dim;
      float* const to = y.f32() + row * heads * dim;
      if (w) {
        for (std::int64_t head = 0; head < heads; ++head) {
          table_.rms_norm(from + head * dim, w, epsilon, dim, to + head * dim);
        }
        from = to;
      }
      const float* const cosine = angles + row * 2 * pairs;
      const float* sine = cosine + pairs;
      if (back) {
        table_.scale(sine, -1.0f, pairs, negative + worker * pairs);
        sine = negative + worker * pairs;
      }
      table_.rotate(from, heads, dim, spec.order == RopeOrder::halves, cosine, sine, pairs, to);
    }
  });
  return y;
}

Tensor FastBackend::rope(const Tensor& x, const RopeSpec& spec, const Batch& batch) {
  return norm_rope(x, nullptr, 0.0f, spec, batch);
}

}  // namespace roundhouse
