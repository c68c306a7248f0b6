// SPDX-License-Identifier: Apache-2.0
// Feed-forward layers: gate, up and activation in one pass, experts on rows sorted by expert.
#include <algorithm>
#include <cassert>

#include "engine/cpu/fast_backend.h"
#include "engine/ops/router.h"

namespace roundhouse {

using kernels::ActivationBlock;
using kernels::ProductArguments;
using kernels::tile_tokens;

// The used places of a routing, by ascending expert, then row, then place: a row's experts are always added in the order
// of their ids, whatever other rows there are.
struct FastBackend::Experts {
  std::int64_t count = 0;     // experts
  std::int64_t slots = 0;     // used places
  std::int32_t* first = nullptr;   // [count + 1] slots of an expert: [first[e], first[e + 1])
  std::int32_t* place = nullptr;   // [slots] row * k + place
  float* weight = nullptr;         // [slots]
};

FastBackend::Experts FastBackend::sort_by_expert(const Routing& routing, std::int64_t experts) {
  Experts sorted;
  sorted.count = experts;
  const std::int64_t places = routing.ids.elements();
  sorted.first = workspace_.allocate_array<std::int32_t>(experts + 2);
  sorted.place = workspace_.allocate_array<std::int32_t>(places);
  sorted.weight = workspace_.allocate_array<float>(places);
  // Counts go to first[e + 2]; after summing, first[e + 1] is where expert e's next slot is, and in the end its end.
  std::fill_n(sorted.first, experts + 2, 0);
  const std::int32_t* const ids = routing.ids.i32();
  const float* const weights = routing.weights.defined() ? routing.weights.f32() : nullptr;
  for (std::int64_t p = 0; p < places; ++p) {
    if (ids[p] >= 0) ++sorted.first[ids[p] + 2];
  }
  for (std::int64_t e = 2; e < experts + 2; ++e) sorted.first[e] += sorted.first[e - 1];
  sorted.slots = sorted.first[experts + 1];
  for (std::int64_t p = 0; p < places; ++p) {
    if (ids[p] < 0) continue;
    const std::int32_t slot = sorted.first[ids[p] + 1]++;
    sorted.place[slot] = static_cast<std::int32_t>(p);
    sorted.weight[slot] = weights ? weights[p] : 1.0f;
  }
  return sorted;
}

Tensor FastBackend::expert_linear(const Tensor& x, WeightRef weight, const Routing& routing) {
  const PackedWeight& w = prepared_.find(*weight);
  assert(w.columns == x.last());
  const std::int64_t rows = routing.ids.dim[0], k = routing.k;
  const bool each_place = x.vectors() != rows || x.rank == 3;  // [rows, k, in]
  const Tensor y = workspace_.allocate(DType::f32, {rows, k, w.rows});
  const bool takes_quantised = kernels::takes_quantised(w.kind);
  if (takes_quantised) quantised(x);
  const WorkspaceScope scope(workspace_);
  const Rows in = rows_of(x, takes_quantised, !takes_quantised);
  const Experts sorted = sort_by_expert(routing, w.experts);
  const void** const from = workspace_.allocate_array<const void*>(sorted.slots);
  float** const to = workspace_.allocate_array<float*>(sorted.slots);
  for (std::int64_t s = 0; s < sorted.slots; ++s) {
    from[s] = in.for_kind(w.kind)[each_place ? sorted.place[s] : sorted.place[s] / k];
    to[s] = y.f32() + sorted.place[s] * w.rows;
  }
  for (std::int64_t p = 0; p < rows * k; ++p) {
    if (routing.ids.i32()[p] < 0) std::fill_n(y.f32() + p * w.rows, w.rows, 0.0f);
  }
  const std::int64_t groups = w.groups();
  const std::int64_t average = std::max<std::int64_t>(1, sorted.slots / w.experts);
  parallel(w.experts * groups, kernels::group_rows * w.columns * average, [&](std::int64_t begin, std::int64_t end, int) {
    while (begin < end) {
      const std::int64_t e = begin / groups, group = begin % groups, last = std::min(groups, group + end - begin);
      const std::int32_t slot = sorted.first[e], count = sorted.first[e + 1] - slot;
      if (count > 0) {
        table_.product[static_cast<int>(w.kind)](ProductArguments{w.expert(e), w.stride_bytes, w.columns, w.rows, group,
                                                                  last, from + slot, count, to + slot, 0, nullptr, nullptr});
      }
      begin += last - group;
    }
  });
  return y;
}

namespace {

constexpr std::int64_t unit_rows = kernels::block_values;  // hidden values made together: one activation block
constexpr std::int64_t task_tokens = 128;

// Where a feed-forward network's hidden rows go: activation blocks or f32, as its down product wants them.
struct Hidden {
  const PackedWeight* gate;
  const PackedWeight* up;
  const PackedWeight* down;
  bool quantised;
  std::int64_t width;
  ActivationBlock* blocks;         // [rows, width / 32]
  float* plain;                    // [rows, width]
  const void** rows;               // [rows] to the hidden row
  std::int64_t units() const { return (width + unit_rows - 1) / unit_rows; }
};

struct Task {
  std::int32_t expert;  // -1: the shared network
  std::int32_t unit;
  std::int64_t first;   // row (shared) or slot (experts)
  std::int32_t count;
};

// Gate, up and activation of hidden values [32 unit, 32 unit + 32) of rows [first, first + count).
void hidden_unit(const kernels::KernelTable& table, const Hidden& h, std::int64_t expert, std::int64_t unit,
                 const void* const* gate_x, const void* const* up_x, std::int64_t first, std::int64_t count,
                 const Activation& activation) {
  alignas(64) float gate[tile_tokens][unit_rows], up[tile_tokens][unit_rows];
  float *gate_rows[tile_tokens], *up_rows[tile_tokens];
  for (int t = 0; t < tile_tokens; ++t) {
    gate_rows[t] = gate[t];
    up_rows[t] = up[t];
  }
  const std::int64_t values = std::min(unit_rows, h.width - unit * unit_rows);
  const std::int64_t group = unit * (unit_rows / kernels::group_rows);
  const std::int64_t last_group = std::min(group + unit_rows / kernels::group_rows, h.gate->groups());
  const auto multiply = [&](const PackedWeight& w, const void* const* x, int tokens, float* const* y) {
    table.product[static_cast<int>(w.kind)](ProductArguments{w.expert(expert), w.stride_bytes, w.columns, w.rows, group,
                                                              last_group, x, tokens, y, unit * unit_rows, nullptr, nullptr});
  };
  for (std::int64_t row = first; row < first + count; row += tile_tokens) {
    const int tokens = static_cast<int>(std::min<std::int64_t>(tile_tokens, first + count - row));
    multiply(*h.gate, gate_x + row, tokens, gate_rows);
    multiply(*h.up, up_x + row, tokens, up_rows);
    for (int t = 0; t < tokens; ++t) {
      float* const y = h.quantised ? gate[t] : h.plain + (row + t) * h.width + unit * unit_rows;
      table.glu(static_cast<kernels::Unit>(activation.kind), activation.alpha, activation.limit, gate[t], up[t], values, y);
      if (h.quantised) table.quantise(y, unit_rows, h.blocks + (row + t) * (h.width / unit_rows) + unit);
    }
  }
}

}  // namespace

Tensor FastBackend::feed_forward(const Tensor& x, const FfnWeights* shared, const float* shared_gate,
                                 const FfnWeights* experts, const Routing* routing, const Activation& activation) {
  const auto network = [&](const FfnWeights& w) {
    Hidden h{&prepared_.find(*w.gate), &prepared_.find(*w.up), &prepared_.find(*w.down), false, 0, nullptr, nullptr, nullptr};
    h.quantised = kernels::takes_quantised(h.down->kind);
    h.width = h.gate->rows;
    assert(h.up->rows == h.width && h.down->columns == h.width && h.gate->columns == x.last());
    return h;
  };
  Hidden shared_hidden{}, expert_hidden{};
  bool any_quantised = false, any_plain = false;
  for (const auto& [weights, hidden] : {std::pair{shared, &shared_hidden}, std::pair{experts, &expert_hidden}}) {
    if (!weights) continue;
    *hidden = network(*weights);
    for (const PackedWeight* w : {hidden->gate, hidden->up}) {
      (kernels::takes_quantised(w->kind) ? any_quantised : any_plain) = true;
    }
  }
  const PackedWeight& down = shared ? *shared_hidden.down : *expert_hidden.down;
  const Tensor y = product_result(x, down.rows);
  if (any_quantised) quantised(x);
  const WorkspaceScope scope(workspace_);
  const Rows in = rows_of(x, any_quantised, any_plain);
  const std::int64_t rows = in.count;
  const auto allocate_hidden = [&](Hidden& h, std::int64_t count) {
    h.rows = workspace_.allocate_array<const void*>(count);
    if (h.quantised) {
      h.blocks = workspace_.allocate_array<ActivationBlock>(count * (h.width / unit_rows));
      for (std::int64_t i = 0; i < count; ++i) h.rows[i] = h.blocks + i * (h.width / unit_rows);
    } else {
      h.plain = workspace_.allocate_array<float>(count * h.width);
      for (std::int64_t i = 0; i < count; ++i) h.rows[i] = h.plain + i * h.width;
    }
  };
  float** const out = workspace_.allocate_array<float*>(rows);
  for (std::int64_t i = 0; i < rows; ++i) out[i] = y.f32() + i * down.rows;

  Experts sorted;
  const void **gate_x = nullptr, **up_x = nullptr;  // [slots] an expert's input rows
  float** expert_out = nullptr;                     // [slots]
  std::int64_t task_count = 0;
  const auto tasks_for = [](std::int64_t units, std::int64_t count) { return units * ((count + task_tokens - 1) / task_tokens); };
  if (shared) {
    allocate_hidden(shared_hidden, rows);
    task_count += tasks_for(shared_hidden.units(), rows);
  }
  if (experts) {
    sorted = sort_by_expert(*routing, expert_hidden.gate->experts);
    allocate_hidden(expert_hidden, sorted.slots);
    gate_x = workspace_.allocate_array<const void*>(sorted.slots);
    up_x = workspace_.allocate_array<const void*>(sorted.slots);
    expert_out = workspace_.allocate_array<float*>(sorted.slots);
    for (std::int64_t s = 0; s < sorted.slots; ++s) {
      const std::int64_t row = sorted.place[s] / routing->k;
      gate_x[s] = in.for_kind(expert_hidden.gate->kind)[row];
      up_x[s] = in.for_kind(expert_hidden.up->kind)[row];
      expert_out[s] = out[row];
    }
    for (std::int64_t e = 0; e < sorted.count; ++e) {
      task_count += tasks_for(expert_hidden.units(), sorted.first[e + 1] - sorted.first[e]);
    }
  }
  Task* const tasks = workspace_.allocate_array<Task>(task_count);
  std::int64_t filled = 0;
  const auto add_tasks = [&](std::int32_t expert, std::int64_t units, std::int64_t first, std::int64_t count) {
    for (std::int64_t unit = 0; unit < units; ++unit) {
      for (std::int64_t done = 0; done < count; done += task_tokens) {
        tasks[filled++] = {expert, static_cast<std::int32_t>(unit), first + done,
                           static_cast<std::int32_t>(std::min(task_tokens, count - done))};
      }
    }
  };
  if (shared) add_tasks(-1, shared_hidden.units(), 0, rows);
  if (experts) {
    for (std::int64_t e = 0; e < sorted.count; ++e) {
      add_tasks(static_cast<std::int32_t>(e), expert_hidden.units(), sorted.first[e], sorted.first[e + 1] - sorted.first[e]);
    }
  }
  const std::int64_t task_work = 2 * unit_rows * x.last() * std::min(rows, task_tokens);
  parallel(task_count, task_work, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Task& task = tasks[i];
      if (task.expert < 0) {
        hidden_unit(table_, shared_hidden, 0, task.unit, in.for_kind(shared_hidden.gate->kind),
                    in.for_kind(shared_hidden.up->kind), task.first, task.count, activation);
      } else {
        hidden_unit(table_, expert_hidden, task.expert, task.unit, gate_x, up_x, task.first, task.count, activation);
      }
    }
  });

  // Down: shared network first, then the experts in ascending order, onto a range of the output.
  const std::int64_t slots_a_row = (sorted.slots + rows - 1) / std::max<std::int64_t>(rows, 1);
  const std::int64_t depth = (shared ? shared_hidden.width : 0) + (experts ? slots_a_row * expert_hidden.width : 0);
  parallel(down.groups(), kernels::group_rows * depth * rows, [&](std::int64_t begin, std::int64_t end, int) {
    const std::int64_t first = begin * kernels::group_rows, last = std::min(end * kernels::group_rows, down.rows);
    if (!shared || shared_gate) {
      for (std::int64_t i = 0; i < rows; ++i) std::fill(out[i] + first, out[i] + last, 0.0f);
    }
    const auto multiply = [&](const PackedWeight& w, std::int64_t expert, const void* const* from, std::int64_t count,
                              float* const* to, const float* weight) {
      table_.product[static_cast<int>(w.kind)](ProductArguments{w.expert(expert), w.stride_bytes, w.columns, w.rows, begin,
                                                                end, from, static_cast<int>(count), to, 0, nullptr, weight});
    };
    if (shared) multiply(*shared_hidden.down, 0, shared_hidden.rows, rows, out, shared_gate);
    for (std::int64_t e = 0; e < sorted.count; ++e) {
      const std::int32_t slot = sorted.first[e], count = sorted.first[e + 1] - slot;
      if (count == 0) continue;
      multiply(*expert_hidden.down, e, expert_hidden.rows + slot, count, expert_out + slot, sorted.weight + slot);
    }
  });
  return y;
}

namespace {

// Whether feed_forward() can do it: a network with a gate, without biases, and without adapters that a row may ask for.
// The others run in primitives, until feed_forward() is taught them.
bool fusable(const FfnWeights& w, const Batch& batch) { return w.gate && !w.biased() && !w.own.own && !(batch.adapter && w.adapted()); }

}  // namespace

Tensor FastBackend::dense_ffn(const Tensor& x, const FfnWeights& w, const Activation& activation, const Batch& batch) {
  if (!fusable(w, batch)) return Ops::dense_ffn(x, w, activation, batch);
  return feed_forward(x, &w, nullptr, nullptr, nullptr, activation);
}

Tensor FastBackend::routed_ffn(const Tensor& x, const FfnWeights& w, const Activation& activation, const Routing& routing,
                               const Batch& batch) {
  if (!fusable(w, batch)) return Ops::routed_ffn(x, w, activation, routing, batch);
  return feed_forward(x, nullptr, nullptr, &w, &routing, activation);
}

// Logits and choice of each row in one pass. The router is always multiplied in float32.
Routing FastBackend::route_fast(const Tensor& x, const MoeWeights& w, const RouterSpec& spec, const Batch& batch,
                                std::int32_t routed_layer) {
  const PackedWeight& router = prepared_.find(*w.router);
  if (kernels::takes_quantised(router.kind)) {
    return route(ReferenceBackend::linear(x, {w.router, w.router_bias}), w.selection_bias, spec, batch, routed_layer);
  }
  Routing routing;
  routing.k = batch.top_k(routed_layer, spec.top_k);
  routing.ids = workspace_.allocate(DType::i32, {batch.rows, routing.k});
  routing.weights = workspace_.allocate(DType::f32, {batch.rows, routing.k});
  const WorkspaceScope scope(workspace_);
  const Rows in = rows_of(x, false, true);
  float* const logits = workspace_.allocate_array<float>(in.count * router.rows);
  float** const y = workspace_.allocate_array<float*>(in.count);
  for (std::int64_t i = 0; i < in.count; ++i) y[i] = logits + i * router.rows;
  const std::int64_t scratch_floats = router_scratch_floats(spec);
  float* const scratch = workspace_.allocate_array<float>(pool_->threads() * scratch_floats);
  const float *const bias = vector(w.router_bias), *const selection_bias = vector(w.selection_bias);
  parallel(in.count, router.rows * in.columns, [&](std::int64_t begin, std::int64_t end, int worker) {
    table_.product[static_cast<int>(router.kind)](ProductArguments{
        router.data, router.stride_bytes, router.columns, router.rows, 0, router.groups(), in.plain + begin,
        static_cast<int>(end - begin), y + begin, 0, bias, nullptr});
    route_rows(spec, logits, selection_bias, batch, routed_layer, static_cast<std::int32_t>(begin),
               static_cast<std::int32_t>(end), routing.k, routing.ids.i32(), routing.weights.f32(),
               scratch + worker * scratch_floats);
  });
  return routing;
}

Tensor FastBackend::moe(const Tensor& x, const MoeWeights& w, const RouterSpec& spec, const Activation& activation,
                        const Batch& batch, std::int32_t routed_layer) {
  const Routing routing = route_fast(x, w, spec, batch, routed_layer);
  if (spec.weight_on_input || !fusable(w.experts, batch) || (w.shared.down && !fusable(w.shared, batch))) {
    return routed_and_shared(x, w, routing, spec, activation, batch);
  }
  if (!w.shared.down) return feed_forward(x, nullptr, nullptr, &w.experts, &routing, activation);
  const float* shared_gate = nullptr;
  if (w.shared_gate) {
    const Tensor gate = linear(x, {w.shared_gate, nullptr});
    const Tensor one = product_result(gate, 1);
    std::fill_n(one.f32(), one.elements(), 1.0f);
    shared_gate = sigmoid_gate(one, gate).f32();
  }
  return feed_forward(x, &w.shared, shared_gate, &w.experts, &routing, activation);
}

}  // namespace roundhouse
