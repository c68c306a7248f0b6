// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/reference_backend.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>

#include "engine/base/portable_math.h"
#include "engine/cpu/host_cache.h"
#include "engine/cpu/reference_activation.h"
#include "engine/cpu/reference_kernels.h"
#include "engine/cpu/weight_rows.h"
#include "engine/ops/router.h"
#include "engine/ops/router_loss.h"

namespace roundhouse {

ReferenceBackend::ReferenceBackend(Context context, std::shared_ptr<ThreadPool> pool)
    : context_(std::move(context)), pool_(std::move(pool)), workspace_(context_.memory) {}

Status ReferenceBackend::prepare(std::uint64_t, const Weight& weight) { return check_host_weight(weight); }

Result<std::unique_ptr<KvCache, void (*)(KvCache*)>> ReferenceBackend::create_cache(std::int32_t layers, std::int32_t pages,
                                                                                  std::int32_t kv_heads,
                                                                                  std::int32_t key_dim,
                                                                                  std::int32_t value_dim, DType) {
  return create_host_cache(context_.memory, DType::f32, layers, pages, kv_heads, key_dim, value_dim);
}

void ReferenceBackend::read(const Tensor& tensor, void* host) {
  const auto bytes = dtype_row_bytes(tensor.dtype, tensor.elements());
  assert(bytes);
  if (*bytes > 0) std::memcpy(host, tensor.data, static_cast<std::size_t>(*bytes));
}

Tensor ReferenceBackend::upload(const void* host, DType dtype, std::initializer_list<std::int64_t> shape) {
  const Tensor tensor = workspace_.allocate(dtype, shape);
  if (tensor.elements() > 0) std::memcpy(tensor.data, host, static_cast<std::size_t>(*dtype_row_bytes(dtype, tensor.elements())));
  return tensor;
}

Tensor ReferenceBackend::like(const Tensor& x, std::int64_t last) {
  std::int64_t shape[4];
  std::copy_n(x.dim, x.rank, shape);
  shape[x.rank - 1] = last;
  return workspace_.allocate(DType::f32, std::span<const std::int64_t>(shape, static_cast<std::size_t>(x.rank)));
}

const float* ReferenceBackend::vector(WeightRef weight) {
  assert(weight->experts == 1);
  float* const out = weight->type == DType::f32 && reinterpret_cast<std::uintptr_t>(weight->data) % alignof(float) == 0
                         ? nullptr
                         : workspace_.allocate_array<float>(weight->rows * weight->cols);
  const float* first = nullptr;
  for (std::int64_t row = 0; row < weight->rows; ++row) {
    const float* const values = weight_row(*weight, 0, row, out ? out + row * weight->cols : nullptr);
    if (row == 0) first = values;
  }
  return first;
}

Tensor ReferenceBackend::rms_norm(const Tensor& x, WeightRef weight, float epsilon) {
  const std::int64_t n = x.last();
  const Tensor y = like(x);
  const WorkspaceScope scope(workspace_);
  const float* const w = weight ? vector(weight) : nullptr;
  for_each(x.vectors(), 3 * n, [&](std::int64_t i) {
    const float* const from = x.f32() + i * n;
    float* const to = y.f32() + i * n;
    const float mean = reference::dot(from, from, n) / static_cast<float>(n);
    const float r = 1.0f / std::sqrt(mean + epsilon);
    for (std::int64_t j = 0; j < n; ++j) to[j] = w ? w[j] * (from[j] * r) : from[j] * r;
  });
  return y;
}

Tensor ReferenceBackend::rms_norm_backward(const Tensor& dy, const Tensor& x, WeightRef weight, float epsilon,
                                           const Tensor* dweight) {
  const std::int64_t n = x.last(), vectors = x.vectors();
  const Tensor dx = like(x);
  const WorkspaceScope scope(workspace_);
  const float* const w = weight ? vector(weight) : nullptr;
  double* const inverse = workspace_.allocate_array<double>(vectors);
  // y = w x r, r = (mean x^2 + epsilon)^(-1/2): dx = r w dy - x r^3 / n sum(w dy x).
  for_each(vectors, 6 * n, [&](std::int64_t i) {
    const float* const from = x.f32() + i * n;
    const float* const g = dy.f32() + i * n;
    float* const to = dx.f32() + i * n;
    const double r = 1.0 / std::sqrt(reference::dot_double(from, from, n) / static_cast<double>(n) + epsilon);
    inverse[i] = r;
    double inner = 0.0;
    for (std::int64_t j = 0; j < n; ++j) inner += static_cast<double>(w ? w[j] * g[j] : g[j]) * from[j];
    inner *= r * r / static_cast<double>(n);
    for (std::int64_t j = 0; j < n; ++j) {
      to[j] = static_cast<float>(r * (static_cast<double>(w ? w[j] * g[j] : g[j]) - inner * from[j]));
    }
  });
  if (dweight) {
    for_each(n, 2 * vectors, [&](std::int64_t j) {
      double sum = 0.0;
      for (std::int64_t i = 0; i < vectors; ++i) {
        sum += static_cast<double>(dy.f32()[i * n + j]) * x.f32()[i * n + j] * inverse[i];
      }
      dweight->f32()[j] += static_cast<float>(sum);
    });
  }
  return dx;
}

Tensor ReferenceBackend::glu(const Tensor& gate, const Tensor& up, const Activation& activation) {
  const Tensor y = like(up);
  if (!gate.defined()) {
    assert(activation.kind != ActivationKind::swiglu_clamped);
    for_each(up.elements(), 32, [&](std::int64_t i) {
      y.f32()[i] = static_cast<float>(reference::activate(activation.kind, up.f32()[i]));
    });
    return y;
  }
  assert(gate.elements() == up.elements());
  for_each(up.elements(), 32, [&](std::int64_t i) {
    y.f32()[i] = reference::gated(activation, gate.f32()[i], up.f32()[i]);
  });
  return y;
}

std::pair<Tensor, Tensor> ReferenceBackend::glu_backward(const Tensor& dy, const Tensor& gate, const Tensor& up,
                                                         const Activation& activation) {
  if (!gate.defined()) {
    const Tensor dup = like(up);
    for_each(up.elements(), 64, [&](std::int64_t i) {
      dup.f32()[i] = static_cast<float>(dy.f32()[i] * reference::activation_slope(activation.kind, up.f32()[i]));
    });
    return {Tensor{}, dup};
  }
  const Tensor dgate = like(gate), dup = like(up);
  for_each(gate.elements(), 64, [&](std::int64_t i) {
    const auto slopes = reference::gated_slopes(activation, gate.f32()[i], up.f32()[i]);
    dgate.f32()[i] = static_cast<float>(dy.f32()[i] * slopes.gate);
    dup.f32()[i] = static_cast<float>(dy.f32()[i] * slopes.up);
  });
  return {dgate, dup};
}

Routing ReferenceBackend::route(const Tensor& logits, WeightRef selection_bias, const RouterSpec& spec, const Batch& batch,
                                std::int32_t routed_layer) {
  assert(logits.last() == spec.experts && logits.vectors() == batch.rows);
  Routing routing;
  routing.k = batch.top_k(routed_layer, spec.top_k);
  routing.ids = workspace_.allocate(DType::i32, {batch.rows, routing.k});
  routing.weights = workspace_.allocate(DType::f32, {batch.rows, routing.k});
  const WorkspaceScope scope(workspace_);
  const float* const bias = selection_bias ? vector(selection_bias) : nullptr;
  const std::int64_t scratch_floats = router_scratch_floats(spec);
  float* const scratch = workspace_.allocate_array<float>(scratch_floats * pool_->threads());
  const std::int64_t grain = std::max<std::int64_t>(1, smallest_piece / (32 * static_cast<std::int64_t>(spec.experts)));
  pool_->parallel_for(batch.rows, grain, [&](std::int64_t begin, std::int64_t end, int worker) {
    route_rows(spec, logits.f32(), bias, batch, routed_layer, static_cast<std::int32_t>(begin),
               static_cast<std::int32_t>(end), routing.k, routing.ids.i32(), routing.weights.f32(),
               scratch + worker * scratch_floats);
  });
  return routing;
}

Routing ReferenceBackend::adapter_places(const Batch& batch, const Routing* within, std::int64_t experts) {
  Routing places;
  places.k = within ? within->k : 1;
  places.ids = workspace_.allocate(DType::i32, {batch.rows, places.k});
  for (std::int64_t row = 0; row < batch.rows; ++row) {
    const std::int64_t adapter = batch.adapter ? batch.adapter[row] : -1;
    for (std::int64_t i = row * places.k; i < (row + 1) * places.k; ++i) {
      const std::int64_t expert = within ? within->ids.i32()[i] : 0;
      places.ids.i32()[i] = adapter < 0 || expert < 0 ? -1 : static_cast<std::int32_t>(adapter * experts + expert);
    }
  }
  return places;
}

Routing ReferenceBackend::map_places(const Routing& routing, const std::int32_t* table) {
  Routing mapped;
  mapped.k = routing.k;
  mapped.ids = like(routing.ids);
  for (std::int64_t i = 0; i < routing.ids.elements(); ++i) {
    const std::int32_t id = routing.ids.i32()[i];
    mapped.ids.i32()[i] = id < 0 ? -1 : table[id];
  }
  return mapped;
}

Tensor ReferenceBackend::route_backward(const Tensor& dweights, const Tensor& logits, const Routing& routing, WeightRef,
                                        const RouterSpec& spec, const Batch& batch, std::int32_t routed_layer) {
  const Tensor dlogits = like(logits);
  const WorkspaceScope scope(workspace_);
  float* const scratch = workspace_.allocate_array<float>(router_scratch_floats(spec));
  route_rows_backward(spec, dweights.f32(), logits.f32(), routing.ids.i32(), batch, routed_layer, 0, batch.rows, routing.k,
                      dlogits.f32(), scratch);
  return dlogits;
}

Tensor ReferenceBackend::router_loss(const Tensor& logits, const Routing& routing, const RouterSpec& spec, const RouterLossSpec& losses,
                                     const Batch& batch) {
  const RouterLosses values = router_losses(spec, losses, logits.f32(), routing.ids.i32(), routing.k, batch);
  const Tensor both = workspace_.allocate(DType::f32, {2});
  both.f32()[0] = static_cast<float>(values.balance);
  both.f32()[1] = static_cast<float>(values.z);
  return both;
}

Tensor ReferenceBackend::router_loss_backward(const Tensor& dlosses, const Tensor& logits, const Routing& routing, const RouterSpec& spec,
                                              const RouterLossSpec& losses, const Batch& batch) {
  const Tensor dlogits = like(logits);
  router_losses_backward(spec, losses, dlosses.f32()[0], dlosses.f32()[1], logits.f32(), routing.ids.i32(), routing.k, batch, dlogits.f32());
  return dlogits;
}

namespace {

// A place's weight in the sum: 0 where it is unused.
float place_weight(const Routing& routing, std::int64_t place) {
  if (routing.ids.i32()[place] < 0) return 0.0f;
  return routing.weights.defined() ? routing.weights.f32()[place] : 1.0f;
}

}  // namespace

Tensor ReferenceBackend::combine(const Tensor& y, const Routing& routing) {
  const std::int64_t rows = y.dim[0], k = y.dim[1], n = y.dim[2];
  const Tensor out = workspace_.allocate(DType::f32, {rows, n});
  for_each(rows, k * n, [&](std::int64_t row) {
    float* const to = out.f32() + row * n;
    std::fill_n(to, n, 0.0f);
    for (std::int64_t place = row * k; place < (row + 1) * k; ++place) {
      if (routing.ids.i32()[place] >= 0) reference::add_scaled(to, place_weight(routing, place), y.f32() + place * n, n);
    }
  });
  return out;
}

Tensor ReferenceBackend::weigh_input(const Tensor& x, const Routing& routing) {
  const std::int64_t rows = x.dim[0], k = routing.k, n = x.dim[1];
  const Tensor y = workspace_.allocate(DType::f32, {rows, k, n});
  for_each(rows * k, n, [&](std::int64_t place) {
    const float* const from = x.f32() + place / k * n;
    float* const to = y.f32() + place * n;
    const float weight = place_weight(routing, place);
    if (routing.ids.i32()[place] < 0) {
      std::fill_n(to, n, 0.0f);
    } else {
      for (std::int64_t j = 0; j < n; ++j) to[j] = weight * from[j];
    }
  });
  return y;
}

Backend::CombineGradients ReferenceBackend::combine_backward(const Tensor& dout, const Tensor& y, const Routing& routing) {
  const std::int64_t places = y.dim[0] * y.dim[1], k = y.dim[1], n = y.dim[2];
  CombineGradients gradients{weigh_input(dout, routing), {}};
  if (!routing.weights.defined()) return gradients;
  gradients.dweights = like(routing.weights);
  for_each(places, n, [&](std::int64_t place) {
    gradients.dweights.f32()[place] =
        routing.ids.i32()[place] < 0
            ? 0.0f
            : static_cast<float>(reference::dot_double(dout.f32() + place / k * n, y.f32() + place * n, n));
  });
  return gradients;
}

Tensor ReferenceBackend::residual_add(Tensor x, const Tensor& y) {
  accumulate(x, y);
  x.id = workspace_.next_id();
  return x;
}

Tensor ReferenceBackend::sigmoid_gate(const Tensor& y, const Tensor& g) {
  const std::int64_t n = y.last();
  const Tensor out = like(y);
  for_each(y.vectors(), n, [&](std::int64_t row) {
    const auto gate = static_cast<float>(portable::sigmoid(g.f32()[row]));
    for (std::int64_t j = row * n; j < (row + 1) * n; ++j) out.f32()[j] = gate * y.f32()[j];
  });
  return out;
}

std::pair<Tensor, Tensor> ReferenceBackend::sigmoid_gate_backward(const Tensor& dout, const Tensor& y, const Tensor& g) {
  const std::int64_t n = y.last();
  const Tensor dy = like(y), dg = like(g);
  for_each(y.vectors(), 2 * n, [&](std::int64_t row) {
    const double gate = portable::sigmoid(g.f32()[row]);
    for (std::int64_t j = row * n; j < (row + 1) * n; ++j) dy.f32()[j] = static_cast<float>(gate * dout.f32()[j]);
    dg.f32()[row] = static_cast<float>(reference::dot_double(dout.f32() + row * n, y.f32() + row * n, n) * gate * (1.0 - gate));
  });
  return {dy, dg};
}

Tensor ReferenceBackend::scale(const Tensor& x, float s) {
  const Tensor y = like(x);
  for_each(x.elements(), 1, [&](std::int64_t i) { y.f32()[i] = s * x.f32()[i]; });
  return y;
}

Tensor ReferenceBackend::output_rows(const Tensor& x, const Batch& batch) {
  const std::int64_t n = x.last();
  const Tensor y = workspace_.allocate(DType::f32, {batch.outputs, n});
  for (std::int64_t i = 0; i < batch.outputs; ++i) {
    std::copy_n(x.f32() + batch.output_rows[i] * n, n, y.f32() + i * n);
  }
  return y;
}

Tensor ReferenceBackend::output_rows_backward(const Tensor& dy, const Batch& batch) {
  const std::int64_t n = dy.last();
  const Tensor dx = workspace_.allocate(DType::f32, {batch.rows, n});
  clear(dx);
  for (std::int64_t i = 0; i < batch.outputs; ++i) {
    float* const to = dx.f32() + batch.output_rows[i] * n;
    for (std::int64_t j = 0; j < n; ++j) to[j] += dy.f32()[i * n + j];
  }
  return dx;
}

namespace {

// log of the sum of exponentials, in double.
double log_sum_exp(const float* x, std::int64_t n) {
  const double largest = *std::max_element(x, x + n);
  double sum = 0.0;
  for (std::int64_t i = 0; i < n; ++i) sum += portable::exp(x[i] - largest);
  return largest + portable::log(sum);
}

std::int64_t targets_in(const std::int32_t* targets, std::int64_t rows) {
  return std::count_if(targets, targets + rows, [](std::int32_t target) { return target >= 0; });
}

}  // namespace

Tensor ReferenceBackend::cross_entropy(const Tensor& logits, const std::int32_t* targets) {
  const std::int64_t rows = logits.vectors(), n = logits.last();
  const Tensor loss = workspace_.allocate(DType::f32, {1});
  const WorkspaceScope scope(workspace_);
  double* const losses = workspace_.allocate_array<double>(rows);
  for_each(rows, 32 * n, [&](std::int64_t row) {
    const float* const x = logits.f32() + row * n;
    assert(targets[row] < n);
    losses[row] = targets[row] >= 0 ? log_sum_exp(x, n) - x[targets[row]] : 0.0;
  });
  double sum = 0.0;
  for (std::int64_t row = 0; row < rows; ++row) sum += losses[row];
  const std::int64_t count = targets_in(targets, rows);
  loss.f32()[0] = count > 0 ? static_cast<float>(sum / static_cast<double>(count)) : 0.0f;
  return loss;
}

Tensor ReferenceBackend::cross_entropy_backward(const Tensor& dloss, const Tensor& logits, const std::int32_t* targets) {
  const std::int64_t rows = logits.vectors(), n = logits.last();
  const Tensor dlogits = like(logits);
  const std::int64_t count = targets_in(targets, rows);
  const double factor = count > 0 ? static_cast<double>(dloss.f32()[0]) / static_cast<double>(count) : 0.0;
  for_each(rows, 64 * n, [&](std::int64_t row) {
    const float* const x = logits.f32() + row * n;
    float* const to = dlogits.f32() + row * n;
    if (targets[row] < 0) {
      std::fill_n(to, n, 0.0f);
      return;
    }
    const double total = log_sum_exp(x, n);
    for (std::int64_t j = 0; j < n; ++j) {
      to[j] = static_cast<float>(factor * (portable::exp(x[j] - total) - (j == targets[row] ? 1.0 : 0.0)));
    }
  });
  return dlogits;
}

void ReferenceBackend::accumulate(Tensor into, const Tensor& value) {
  assert(into.elements() == value.elements());
  for_each(into.elements(), 1, [&](std::int64_t i) { into.f32()[i] += value.f32()[i]; });
}

void ReferenceBackend::clear(Tensor tensor) {
  std::memset(tensor.data, 0, static_cast<std::size_t>(*dtype_row_bytes(tensor.dtype, tensor.elements())));
}

}  // namespace roundhouse
