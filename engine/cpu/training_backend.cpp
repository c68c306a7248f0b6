// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/training_backend.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "engine/cpu/kernels/select.h"
#include "engine/cpu/matrix_unpack.h"
#include "engine/cpu/weight_rows.h"

namespace roundhouse {

Result<std::unique_ptr<TrainingBackend>> TrainingBackend::create(Context context, std::shared_ptr<ThreadPool> pool, Isa isa,
                                                                 ProductPrecision precision) {
  RH_ASSIGN(const kernels::KernelTable* const table, table_for(isa));
  if (precision == ProductPrecision::bfloat16 && (!table->pair_tile || !has_avx512_bf16())) {
    return Error{ErrorCode::unsupported, "create training backend", "bfloat16 with " + std::string(isa_name(isa)), "avx512 on a processor with AVX-512 BF16",
                 processor_description()};
  }
  return std::unique_ptr<TrainingBackend>(new TrainingBackend(std::move(context), std::move(pool), isa, *table, precision));
}

Status TrainingBackend::prepare(std::uint64_t model, const Weight& weight) {
  return weight.experts == 1 && weight.rows == 1 ? FastBackend::prepare(model, weight) : check_host_weight(weight);
}

std::uint64_t TrainingBackend::bytes_to_prepare(const Weight& weight) const {
  return weight.experts == 1 && weight.rows == 1 ? FastBackend::bytes_to_prepare(weight) : 0;
}

float** TrainingBackend::row_pointers(float* first, std::int64_t count, std::int64_t n) {
  float** const pointers = workspace_.allocate_array<float*>(count);
  for (std::int64_t i = 0; i < count; ++i) pointers[i] = first + i * n;
  return pointers;
}

Tensor TrainingBackend::linear(const Tensor& x, const LinearWeights& w) {
  const Weight& weight = *w.weight;
  assert(x.last() == weight.cols && weight.experts == 1);
  const std::int64_t rows = x.vectors(), in = weight.cols, out = weight.rows;
  const Tensor y = like(x, out);
  const WorkspaceScope scope(workspace_);
  const MatrixProduct::Group all{0, rows, 0, in, out};
  product_with(weight).run({&all, 1}, row_pointers(x.f32(), rows, in), row_pointers(y.f32(), rows, out), false, Transposed{weight});
  if (w.bias) {
    const float* const bias = weight_row(*w.bias, 0, 0, workspace_.allocate_array<float>(out));
    for_each(rows, out, [&](std::int64_t row) { kernels().add(y.f32() + row * out, bias, out); });
  }
  return y;
}

Tensor TrainingBackend::linear_backward_input(const Tensor& dy, WeightRef weight) {
  assert(dy.last() == weight->rows && weight->experts == 1);
  const std::int64_t rows = dy.vectors(), in = weight->cols, out = weight->rows;
  const Tensor dx = like(dy, in);
  const WorkspaceScope scope(workspace_);
  const MatrixProduct::Group all{0, rows, 0, out, in};
  product_with(*weight).run({&all, 1}, row_pointers(dy.f32(), rows, out), row_pointers(dx.f32(), rows, in), false, Plain{*weight});
  return dx;
}

void TrainingBackend::linear_backward_weight(const Tensor& dy, const Tensor& x, Tensor dweight) {
  assert(x.vectors() == dy.vectors() && dweight.elements() == x.last() * dy.last());
  const std::int64_t rows = dy.vectors();
  const WorkspaceScope scope(workspace_);
  const std::int64_t first[2] = {0, rows};
  add_outer_products(row_pointers(dy.f32(), rows, dy.last()), dy.last(), row_pointers(x.f32(), rows, x.last()), x.last(), first, 1, dweight.f32());
}

// Full tiles want many columns of C: where x is the narrower one, x' dy is made and added turned.
void TrainingBackend::add_outer_products(const float* const* dy, std::int64_t out, const float* const* x, std::int64_t in, const std::int64_t* first,
                                         std::int64_t experts, float* dweight) {
  const WorkspaceScope scope(workspace_);
  auto* const groups = workspace_.allocate_array<MatrixProduct::Group>(experts);
  const bool swapped = in < out;
  const std::int64_t rows = swapped ? in : out, columns = swapped ? out : in;
  std::size_t used = 0;
  for (std::int64_t e = 0; e < experts; ++e) {
    if (first[e + 1] > first[e]) groups[used++] = {e * rows, rows, e, first[e + 1] - first[e], columns};
  }
  if (!swapped) return product().run_turned({groups, used}, dy, first, row_pointers(dweight, experts * out, in), true, FromRows{x, first});
  float* const sums = workspace_.allocate_array<float>(experts * in * out);
  product().run_turned({groups, used}, x, first, row_pointers(sums, experts * in, out), false, FromRows{dy, first});
  for_each(static_cast<std::int64_t>(used), in * out, [&](std::int64_t g) {
    const std::int64_t e = groups[g].matrix;
    float* const to = dweight + e * in * out;
    const float* const from = sums + e * in * out;
    for (std::int64_t o = 0; o < out; ++o) {
      for (std::int64_t i = 0; i < in; ++i) to[o * in + i] += from[i * out + o];
    }
  });
}

Tensor TrainingBackend::expert_linear(const Tensor& x, WeightRef weight, const Routing& routing) {
  assert(x.last() == weight->cols && (x.rank == 2 || (x.rank == 3 && x.dim[1] == routing.k)));
  const Tensor y = workspace_.allocate(DType::f32, {x.dim[0], routing.k, weight->rows});
  expert_products(y, x, *weight, routing, false);
  return y;
}

Tensor TrainingBackend::add_expert_linear(const Tensor& y, const Tensor& x, WeightRef weight, const Routing& routing) {
  assert(y.elements() == x.dim[0] * routing.k * weight->rows);
  Tensor sum = y;
  sum.id = workspace_.next_id();
  expert_products(y, x, *weight, routing, true);
  return sum;
}

void TrainingBackend::expert_products(const Tensor& y, const Tensor& x, const Weight& weight, const Routing& routing, bool add) {
  const std::int64_t k = routing.k, in = weight.cols, out = weight.rows;
  const WorkspaceScope scope(workspace_);
  const ExpertRows places = ReferenceBackend::sort_by_expert(routing, weight.experts);
  if (!add && places.used() < routing.ids.elements()) clear(y);
  const std::span groups = groups_of(places, in, out);
  const float** const from = workspace_.allocate_array<const float*>(places.used());
  float** const to = workspace_.allocate_array<float*>(places.used());
  for (std::int64_t i = 0; i < places.used(); ++i) {
    from[i] = x.f32() + (x.rank == 2 ? places.places[i] / k : places.places[i]) * in;
    to[i] = y.f32() + places.places[i] * out;
  }
  product().run(groups, from, to, add, Transposed{weight});
}

Tensor TrainingBackend::expert_linear_backward_input(const Tensor& dy, const Tensor& x, WeightRef weight, const Routing& routing) {
  const std::int64_t k = routing.k, in = weight->cols, out = weight->rows;
  const Tensor dx = like(x, in);
  const WorkspaceScope scope(workspace_);
  const ExpertRows places = ReferenceBackend::sort_by_expert(routing, weight->experts);
  const Tensor each = x.rank == 3 ? dx : workspace_.allocate(DType::f32, {x.dim[0], k, in});
  if (places.used() < routing.ids.elements()) clear(each);
  const std::span groups = groups_of(places, out, in);
  const float** const from = workspace_.allocate_array<const float*>(places.used());
  float** const to = workspace_.allocate_array<float*>(places.used());
  for (std::int64_t i = 0; i < places.used(); ++i) {
    from[i] = dy.f32() + places.places[i] * out;
    to[i] = each.f32() + places.places[i] * in;
  }
  product().run(groups, from, to, false, Plain{*weight});
  if (x.rank == 3) return dx;
  for_each(x.dim[0], k * in, [&](std::int64_t row) {
    float* const sum = dx.f32() + row * in;
    std::copy_n(each.f32() + row * k * in, in, sum);
    for (std::int64_t j = 1; j < k; ++j) kernels().add(sum, each.f32() + (row * k + j) * in, in);
  });
  return dx;
}

void TrainingBackend::expert_linear_backward_weight(const Tensor& dy, const Tensor& x, const Routing& routing, Tensor dweight) {
  const std::int64_t k = routing.k, in = x.last(), out = dy.last(), experts = dweight.elements() / (in * out);
  const WorkspaceScope scope(workspace_);
  const ExpertRows places = ReferenceBackend::sort_by_expert(routing, experts);
  const float** const inputs = workspace_.allocate_array<const float*>(places.used());
  const float** const outputs = workspace_.allocate_array<const float*>(places.used());
  for (std::int64_t i = 0; i < places.used(); ++i) {
    inputs[i] = x.f32() + (x.rank == 2 ? places.places[i] / k : places.places[i]) * in;
    outputs[i] = dy.f32() + places.places[i] * out;
  }
  add_outer_products(outputs, out, inputs, in, places.first, experts, dweight.f32());
}

Tensor TrainingBackend::rms_norm_backward(const Tensor& dy, const Tensor& x, WeightRef weight, float epsilon, const Tensor* dweight) {
  if (dweight) return FastBackend::rms_norm_backward(dy, x, weight, epsilon, dweight);
  const std::int64_t n = x.last();
  const Tensor dx = like(x);
  const float* const w = vector(weight);
  for_each(x.vectors(), 8 * n, [&](std::int64_t i) { kernels().rms_norm_backward(dy.f32() + i * n, x.f32() + i * n, w, epsilon, n, dx.f32() + i * n); });
  return dx;
}

Tensor TrainingBackend::rope_backward(const Tensor& dy, const RopeSpec& spec, const Batch& batch) {
  return rotated(dy, nullptr, 0.0f, spec, batch, true);
}

std::pair<Tensor, Tensor> TrainingBackend::glu_backward(const Tensor& dy, const Tensor& gate, const Tensor& up, const Activation& activation) {
  if (!gate.defined() || activation.kind != ActivationKind::silu) return FastBackend::glu_backward(dy, gate, up, activation);
  const Tensor dgate = like(gate), dup = like(up);
  pool_->parallel_for(gate.elements(), 4096, [&](std::int64_t begin, std::int64_t end, int) {
    kernels().silu_backward(dy.f32() + begin, gate.f32() + begin, up.f32() + begin, end - begin, dgate.f32() + begin, dup.f32() + begin);
  });
  return {dgate, dup};
}

Backend::CombineGradients TrainingBackend::combine_backward(const Tensor& dout, const Tensor& y, const Routing& routing) {
  const std::int64_t k = y.dim[1], n = y.dim[2];
  const std::int32_t* const ids = routing.ids.i32();
  CombineGradients gradients{like(y), routing.weights.defined() ? like(routing.weights) : Tensor{}};
  for_each(y.dim[0] * k, 4 * n, [&](std::int64_t place) {
    const float* const from = dout.f32() + place / k * n;
    float* const to = gradients.dy.f32() + place * n;
    if (ids[place] < 0) {
      std::fill_n(to, n, 0.0f);
    } else {
      kernels().scale(from, routing.weights.defined() ? routing.weights.f32()[place] : 1.0f, n, to);
    }
    if (routing.weights.defined()) gradients.dweights.f32()[place] = ids[place] < 0 ? 0.0f : kernels().dot(from, y.f32() + place * n, n);
  });
  return gradients;
}

void TrainingBackend::accumulate(Tensor into, const Tensor& value) {
  assert(into.elements() == value.elements());
  constexpr std::int64_t piece = 16384;
  pool_->parallel_for(into.elements(), piece, [&](std::int64_t begin, std::int64_t end, int) { kernels().add(into.f32() + begin, value.f32() + begin, end - begin); });
}

std::span<const MatrixProduct::Group> TrainingBackend::groups_of(const ExpertRows& places, std::int64_t k, std::int64_t n) {
  auto* const groups = workspace_.allocate_array<MatrixProduct::Group>(places.experts);
  std::size_t count = 0;
  for (std::int64_t e = 0; e < places.experts; ++e) {
    const std::int64_t rows = places.first[e + 1] - places.first[e];
    if (rows > 0) groups[count++] = {places.first[e], rows, e, k, n};
  }
  return {groups, count};
}

Tensor TrainingBackend::cross_entropy(const Tensor& logits, const std::int32_t* targets) {
  const std::int64_t rows = logits.vectors(), n = logits.last();
  const Tensor loss = workspace_.allocate(DType::f32, {1});
  const WorkspaceScope scope(workspace_);
  double* const losses = workspace_.allocate_array<double>(rows);
  for_each(rows, 8 * n, [&](std::int64_t row) {
    const float* const x = logits.f32() + row * n;
    losses[row] = 0.0;
    if (targets[row] < 0) return;
    const float largest = *std::max_element(x, x + n);
    losses[row] = std::log(static_cast<double>(kernels().exponentials(x, 1.0f, largest, n, nullptr))) + largest - x[targets[row]];
  });
  double sum = 0.0;
  std::int64_t count = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    sum += losses[row];
    count += targets[row] >= 0;
  }
  loss.f32()[0] = count > 0 ? static_cast<float>(sum / static_cast<double>(count)) : 0.0f;
  return loss;
}

Tensor TrainingBackend::cross_entropy_backward(const Tensor& dloss, const Tensor& logits, const std::int32_t* targets) {
  const std::int64_t rows = logits.vectors(), n = logits.last();
  const Tensor dlogits = like(logits, n);
  const std::int64_t count = std::count_if(targets, targets + rows, [](std::int32_t target) { return target >= 0; });
  const float factor = count > 0 ? dloss.f32()[0] / static_cast<float>(count) : 0.0f;
  for_each(rows, 16 * n, [&](std::int64_t row) {
    const float* const x = logits.f32() + row * n;
    float* const to = dlogits.f32() + row * n;
    if (targets[row] < 0) {
      std::fill_n(to, n, 0.0f);
      return;
    }
    const float sum = kernels().exponentials(x, 1.0f, *std::max_element(x, x + n), n, to);
    kernels().scale(to, factor / sum, n, to);
    to[targets[row]] -= factor;
  });
  return dlogits;
}

}  // namespace roundhouse
