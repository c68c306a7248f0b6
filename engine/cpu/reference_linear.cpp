// SPDX-License-Identifier: Apache-2.0
// Products with weights: each weight row is dequantised once a call and used for all rows of the batch.
#include <algorithm>
#include <cassert>

#include "engine/cpu/reference_backend.h"
#include "engine/cpu/reference_kernels.h"
#include "engine/cpu/weight_rows.h"

namespace roundhouse {
namespace {

constexpr std::int64_t tile_rows = 8;    // weight rows dequantised together
constexpr std::int64_t batch_tile = 32;  // batch rows that share a dequantised weight in backward products

// Rows [first, first + count) of an expert as f32: pointers, into `scratch` [tile_rows, cols] or the weight itself.
void load_tile(const Weight& weight, std::int64_t expert, std::int64_t first, std::int64_t count, float* scratch,
               const float** rows) {
  for (std::int64_t i = 0; i < count; ++i) rows[i] = weight_row(weight, expert, first + i, scratch + i * weight.cols);
}

// y[0, count) = rows . x.
void multiply_tile(const float* const* rows, std::int64_t count, const float* x, std::int64_t n, float* y) {
  std::int64_t i = 0;
  for (; i + 2 <= count; i += 2) reference::dot2(rows[i], rows[i + 1], x, n, y + i);
  if (i < count) y[i] = reference::dot(rows[i], x, n);
}

}  // namespace

Tensor ReferenceBackend::embed(WeightRef table, const Batch& batch) {
  const Tensor y = workspace_.allocate(DType::f32, {batch.rows, table->cols});
  for_each(batch.rows, 4 * table->cols, [&](std::int64_t row) {
    float* const to = y.f32() + row * table->cols;
    const std::int32_t token = batch.tokens[row];
    if (token < 0 || token >= table->rows) {
      std::fill_n(to, table->cols, 0.0f);
      return;
    }
    const float* const values = weight_row(*table, 0, token, to);
    if (values != to) std::copy_n(values, table->cols, to);
  });
  return y;
}

void ReferenceBackend::embed_backward(const Tensor& dy, const Batch& batch, Tensor dtable) {
  const std::int64_t n = dy.last(), table_rows = dtable.vectors();
  pool_->parallel_for(n, 64, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t row = 0; row < batch.rows; ++row) {
      const std::int32_t token = batch.tokens[row];
      if (token < 0 || token >= table_rows || token == batch.padding_token) continue;
      for (std::int64_t j = begin; j < end; ++j) dtable.f32()[token * n + j] += dy.f32()[row * n + j];
    }
  });
}

Tensor ReferenceBackend::linear(const Tensor& x, const LinearWeights& w) {
  const Weight& weight = *w.weight;
  assert(x.last() == weight.cols && weight.experts == 1);
  const std::int64_t rows = x.vectors(), in = weight.cols, out = weight.rows;
  const Tensor y = like(x, out);
  const WorkspaceScope scope(workspace_);
  const float* const bias = w.bias ? vector(w.bias) : nullptr;
  float* const scratch = workspace_.allocate_array<float>(pool_->threads() * tile_rows * in);
  const std::int64_t grain = std::max<std::int64_t>(1, smallest_piece / std::max<std::int64_t>(1, in * (rows + 1)));
  pool_->parallel_for(out, (grain + tile_rows - 1) / tile_rows * tile_rows,
                      [&](std::int64_t begin, std::int64_t end, int worker) {
    const float* tile[tile_rows];
    for (std::int64_t first = begin; first < end; first += tile_rows) {
      const std::int64_t count = std::min(tile_rows, end - first);
      load_tile(weight, 0, first, count, scratch + worker * tile_rows * in, tile);
      for (std::int64_t row = 0; row < rows; ++row) {
        float* const to = y.f32() + row * out + first;
        multiply_tile(tile, count, x.f32() + row * in, in, to);
        if (bias) {
          for (std::int64_t i = 0; i < count; ++i) to[i] += bias[first + i];
        }
      }
    }
  });
  return y;
}

Tensor ReferenceBackend::linear_backward_input(const Tensor& dy, WeightRef weight) {
  assert(dy.last() == weight->rows && weight->experts == 1);
  const std::int64_t rows = dy.vectors(), in = weight->cols, out = weight->rows;
  const Tensor dx = like(dy, in);
  const WorkspaceScope scope(workspace_);
  float* const scratch = workspace_.allocate_array<float>(pool_->threads() * in);
  pool_->parallel_for(rows, batch_tile, [&](std::int64_t begin, std::int64_t end, int worker) {
    std::fill(dx.f32() + begin * in, dx.f32() + end * in, 0.0f);
    for (std::int64_t o = 0; o < out; ++o) {
      const float* const values = weight_row(*weight, 0, o, scratch + worker * in);
      for (std::int64_t row = begin; row < end; ++row) {
        reference::add_scaled(dx.f32() + row * in, dy.f32()[row * out + o], values, in);
      }
    }
  });
  return dx;
}

void ReferenceBackend::linear_backward_weight(const Tensor& dy, const Tensor& x, Tensor dweight) {
  const std::int64_t rows = dy.vectors(), in = x.last(), out = dy.last();
  assert(x.vectors() == rows && dweight.elements() == in * out);
  for_each(out, rows * in, [&](std::int64_t o) {
    for (std::int64_t row = 0; row < rows; ++row) {
      reference::add_scaled(dweight.f32() + o * in, dy.f32()[row * out + o], x.f32() + row * in, in);
    }
  });
}

void ReferenceBackend::bias_backward(const Tensor& dy, Tensor dbias) {
  const std::int64_t rows = dy.vectors(), out = dy.last();
  for_each(out, rows, [&](std::int64_t o) {
    double sum = 0.0;
    for (std::int64_t row = 0; row < rows; ++row) sum += dy.f32()[row * out + o];
    dbias.f32()[o] += static_cast<float>(sum);
  });
}

ReferenceBackend::ExpertRows ReferenceBackend::sort_by_expert(const Routing& routing, std::int64_t experts) {
  const std::int64_t count = routing.ids.elements();
  const std::int32_t* const ids = routing.ids.i32();
  auto* const first = workspace_.allocate_array<std::int64_t>(experts + 1);
  auto* const places = workspace_.allocate_array<std::int64_t>(count);
  auto* const next = workspace_.allocate_array<std::int64_t>(experts);
  std::fill_n(first, experts + 1, 0);
  for (std::int64_t i = 0; i < count; ++i) {
    assert(ids[i] < experts);
    if (ids[i] >= 0) ++first[ids[i] + 1];
  }
  ExpertRows sorted{first, places, 0, experts};
  for (std::int64_t e = 0; e < experts; ++e) {
    sorted.most = std::max(sorted.most, first[e + 1]);
    first[e + 1] += first[e];
    next[e] = first[e];
  }
  for (std::int64_t i = 0; i < count; ++i) {
    if (ids[i] >= 0) places[next[ids[i]]++] = i;
  }
  return sorted;
}

namespace {

// Where the input of a place is: x is [rows, n], the same for a row's places, or [rows, k, n].
std::int64_t input_of(const Tensor& x, std::int64_t place, std::int64_t k) { return x.rank == 2 ? place / k : place; }

void clear_unused(const Routing& routing, const Tensor& y) {
  const std::int64_t n = y.last();
  for (std::int64_t place = 0; place < routing.ids.elements(); ++place) {
    if (routing.ids.i32()[place] < 0) std::fill_n(y.f32() + place * n, n, 0.0f);
  }
}

}  // namespace

Tensor ReferenceBackend::expert_linear(const Tensor& x, WeightRef weight, const Routing& routing) {
  assert(x.last() == weight->cols && (x.rank == 2 || (x.rank == 3 && x.dim[1] == routing.k)));
  const std::int64_t k = routing.k, in = weight->cols, out = weight->rows, experts = weight->experts;
  const Tensor y = workspace_.allocate(DType::f32, {x.dim[0], k, out});
  const WorkspaceScope scope(workspace_);
  const ExpertRows sorted = sort_by_expert(routing, experts);
  clear_unused(routing, y);
  float* const scratch = workspace_.allocate_array<float>(pool_->threads() * tile_rows * in);
  const std::int64_t tiles = (out + tile_rows - 1) / tile_rows;
  pool_->parallel_for(experts * tiles, 1, [&](std::int64_t begin, std::int64_t end, int worker) {
    const float* tile[tile_rows];
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t expert = task / tiles, first = task % tiles * tile_rows;
      const std::int64_t* const places = sorted.places + sorted.first[expert];
      const std::int64_t used = sorted.first[expert + 1] - sorted.first[expert];
      if (used == 0) continue;
      const std::int64_t count = std::min(tile_rows, out - first);
      load_tile(*weight, expert, first, count, scratch + worker * tile_rows * in, tile);
      for (std::int64_t i = 0; i < used; ++i) {
        multiply_tile(tile, count, x.f32() + input_of(x, places[i], k) * in, in, y.f32() + places[i] * out + first);
      }
    }
  });
  return y;
}

Tensor ReferenceBackend::expert_linear_backward_input(const Tensor& dy, const Tensor& x, WeightRef weight,
                                                      const Routing& routing) {
  const std::int64_t k = routing.k, in = weight->cols, out = weight->rows, experts = weight->experts;
  const Tensor dx = like(x);
  const WorkspaceScope scope(workspace_);
  const Tensor places = x.rank == 3 ? dx : workspace_.allocate(DType::f32, {x.dim[0], k, in});
  const ExpertRows sorted = sort_by_expert(routing, experts);
  clear_unused(routing, places);
  float* const scratch = workspace_.allocate_array<float>(pool_->threads() * in);
  const std::int64_t tiles = (sorted.most + batch_tile - 1) / batch_tile;
  pool_->parallel_for(experts * tiles, 1, [&](std::int64_t begin, std::int64_t end, int worker) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t expert = task / tiles;
      const std::int64_t first = sorted.first[expert] + task % tiles * batch_tile;
      const std::int64_t last = std::min(first + batch_tile, sorted.first[expert + 1]);
      for (std::int64_t i = first; i < last; ++i) std::fill_n(places.f32() + sorted.places[i] * in, in, 0.0f);
      for (std::int64_t o = 0; o < out && first < last; ++o) {
        const float* const values = weight_row(*weight, expert, o, scratch + worker * in);
        for (std::int64_t i = first; i < last; ++i) {
          const std::int64_t place = sorted.places[i];
          reference::add_scaled(places.f32() + place * in, dy.f32()[place * out + o], values, in);
        }
      }
    }
  });
  if (x.rank == 3) return dx;
  for_each(x.dim[0], k * in, [&](std::int64_t row) {
    float* const to = dx.f32() + row * in;
    std::fill_n(to, in, 0.0f);
    for (std::int64_t place = row * k; place < (row + 1) * k; ++place) {
      reference::add_scaled(to, 1.0f, places.f32() + place * in, in);
    }
  });
  return dx;
}

void ReferenceBackend::expert_linear_backward_weight(const Tensor& dy, const Tensor& x, const Routing& routing,
                                                     Tensor dweight) {
  const std::int64_t k = routing.k, in = x.last(), out = dy.last();
  const std::int64_t experts = dweight.elements() / (in * out);
  const WorkspaceScope scope(workspace_);
  const ExpertRows sorted = sort_by_expert(routing, experts);
  for_each(experts * out, (routing.ids.elements() / experts + 1) * in, [&](std::int64_t task) {
    const std::int64_t expert = task / out, o = task % out;
    for (std::int64_t i = sorted.first[expert]; i < sorted.first[expert + 1]; ++i) {
      const std::int64_t place = sorted.places[i];
      reference::add_scaled(dweight.f32() + task * in, dy.f32()[place * out + o], x.f32() + input_of(x, place, k) * in, in);
    }
  });
}

Tensor ReferenceBackend::expert_bias(Tensor y, WeightRef bias, const Routing& routing) {
  assert(y.rank == 3 && y.dim[1] == routing.k && y.last() == bias->cols && bias->rows == 1);
  y.id = workspace_.next_id();
  const std::int64_t n = y.last();
  const WorkspaceScope scope(workspace_);
  float* const scratch = workspace_.allocate_array<float>(pool_->threads() * n);
  const std::int64_t grain = std::max<std::int64_t>(1, smallest_piece / std::max<std::int64_t>(1, n));
  pool_->parallel_for(routing.ids.elements(), grain, [&](std::int64_t begin, std::int64_t end, int worker) {
    for (std::int64_t place = begin; place < end; ++place) {
      const std::int32_t expert = routing.ids.i32()[place];
      if (expert < 0) continue;
      assert(expert < bias->experts);
      const float* const values = weight_row(*bias, expert, 0, scratch + worker * n);
      float* const to = y.f32() + place * n;
      for (std::int64_t j = 0; j < n; ++j) to[j] += values[j];
    }
  });
  return y;
}

void ReferenceBackend::expert_bias_backward(const Tensor& dy, const Routing& routing, Tensor dbias) {
  const std::int64_t n = dy.last(), experts = dbias.elements() / n;
  const WorkspaceScope scope(workspace_);
  const ExpertRows sorted = sort_by_expert(routing, experts);
  for_each(experts * n, routing.ids.elements() / experts + 1, [&](std::int64_t task) {
    const std::int64_t expert = task / n, j = task % n;
    double sum = 0.0;
    for (std::int64_t i = sorted.first[expert]; i < sorted.first[expert + 1]; ++i) sum += dy.f32()[sorted.places[i] * n + j];
    dbias.f32()[task] += static_cast<float>(sum);
  });
}

Tensor ReferenceBackend::expert_scale(const Tensor& y, WeightRef scale, const Routing& routing) {
  assert(y.rank == 3 && y.dim[1] == routing.k && y.last() == scale->cols && scale->rows == 1);
  const Tensor scaled = like(y);
  const std::int64_t n = y.last();
  const WorkspaceScope scope(workspace_);
  float* const scratch = workspace_.allocate_array<float>(pool_->threads() * n);
  const std::int64_t grain = std::max<std::int64_t>(1, smallest_piece / std::max<std::int64_t>(1, n));
  pool_->parallel_for(routing.ids.elements(), grain, [&](std::int64_t begin, std::int64_t end, int worker) {
    for (std::int64_t place = begin; place < end; ++place) {
      const std::int32_t expert = routing.ids.i32()[place];
      const float* const from = y.f32() + place * n;
      float* const to = scaled.f32() + place * n;
      if (expert < 0) {
        std::copy_n(from, n, to);
        continue;
      }
      assert(expert < scale->experts);
      const float* const values = weight_row(*scale, expert, 0, scratch + worker * n);
      for (std::int64_t j = 0; j < n; ++j) to[j] = values[j] * from[j];
    }
  });
  return scaled;
}

void ReferenceBackend::expert_scale_backward(const Tensor& dy, const Tensor& y, const Routing& routing, Tensor dscale) {
  const std::int64_t n = dy.last(), experts = dscale.elements() / n;
  const WorkspaceScope scope(workspace_);
  const ExpertRows sorted = sort_by_expert(routing, experts);
  for_each(experts * n, routing.ids.elements() / experts + 1, [&](std::int64_t task) {
    const std::int64_t expert = task / n, j = task % n;
    double sum = 0.0;
    for (std::int64_t i = sorted.first[expert]; i < sorted.first[expert + 1]; ++i) {
      const std::int64_t at = sorted.places[i] * n + j;
      sum += static_cast<double>(dy.f32()[at]) * y.f32()[at];
    }
    dscale.f32()[task] += static_cast<float>(sum);
  });
}

}  // namespace roundhouse
