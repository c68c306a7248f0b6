// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/ops.h"

#include <algorithm>

namespace roundhouse {

std::vector<Tensor> Ops::linears(const Tensor& x, std::span<const LinearWeights> weights) {
  std::vector<Tensor> results;
  results.reserve(weights.size());
  for (const LinearWeights& w : weights) results.push_back(linear(x, w));
  return results;
}

std::pair<Tensor, Tensor> Ops::residual_add_norm(Tensor x, const Tensor& y, WeightRef weight, float epsilon) {
  const Tensor sum = residual_add(x, y);
  return {sum, rms_norm(sum, weight, epsilon)};
}

Tensor Ops::norm_rope(const Tensor& x, WeightRef weight, float epsilon, const RopeSpec& spec, const Batch& batch) {
  return rope(weight ? rms_norm(x, weight, epsilon) : x, spec, batch);
}

Tensor Ops::add_expert_linear(const Tensor& y, const Tensor& x, WeightRef weight, const Routing& routing) {
  Tensor sum = expert_linear(x, weight, routing);
  sum.rank = y.rank;
  std::copy_n(y.dim, 4, sum.dim);
  return residual_add(y, sum);
}

Tensor Ops::adapt(const Tensor& y, const Tensor& x, const AdapterWeights& w, const Routing& places) {
  return !w.a || !places.ids.defined() ? y : adapt_with(y, expert_linear(x, w.a, places), w, places);
}

Tensor Ops::adapt_with(const Tensor& y, const Tensor& low, const AdapterWeights& w, const Routing& places) {
  const Tensor sum = add_expert_linear(y, low, w.b, places);
  if (!w.scale) return sum;
  Tensor scaled = expert_scale(sum.reshaped({sum.dim[0], places.k, sum.last()}), w.scale, places);
  if (w.shift) scaled = expert_bias(scaled, w.shift, places);
  scaled.rank = y.rank;
  std::copy_n(y.dim, 4, scaled.dim);
  return scaled;
}

Tensor Ops::bottleneck(const Tensor& y, const BottleneckWeights& w, const Batch& batch) {
  if (!w.down || !batch.adapter) return y;
  const Routing places = adapter_places(batch);
  const Tensor hidden = glu({}, expert_bias(expert_linear(y, w.down, places), w.down_bias, places), w.activation);
  const Tensor update = expert_bias(expert_linear(hidden, w.up, places), w.up_bias, places);
  return residual_add(y, update.reshaped({y.dim[0], y.dim[1]}));
}

Tensor Ops::dense_ffn(const Tensor& x, const FfnWeights& w, const Activation& activation, const Batch& batch) {
  const Routing places = w.adapted() && batch.adapter ? adapter_places(batch) : Routing{};
  const LinearWeights inputs[2] = {{w.gate, w.gate_bias}, {w.up, w.up_bias}};
  const std::vector<Tensor> hidden = linears(x, std::span(inputs).subspan(w.gate ? 0 : 1));
  const Tensor gate = w.gate ? adapt(hidden.front(), x, w.gate_adapters, places) : Tensor{};
  const Tensor inner = glu(gate, adapt(hidden.back(), x, w.up_adapters, places), activation);
  return adapt(linear(inner, {w.down, w.down_bias}), inner, w.down_adapters, places);
}

Tensor Ops::routed_ffn(const Tensor& x, const FfnWeights& w, const Activation& activation, const Routing& routing,
                       const Batch& batch) {
  const Routing places = w.adapted() && batch.adapter ? adapter_places(batch, &routing, w.down->experts) : Routing{};
  const Routing own = w.own.own ? map_places(routing, w.own.own) : Routing{};
  const Routing stacked = w.own.own ? map_places(routing, w.own.stacked) : Routing{};
  // Gate and up have the same input, and often the same A.
  const bool shared = places.ids.defined() && w.gate && w.gate_adapters.a && w.gate_adapters.a == w.up_adapters.a;
  const Tensor low = shared ? expert_linear(x, w.up_adapters.a, places) : Tensor{};
  const auto product = [&](const Tensor& in, WeightRef weight, WeightRef own_weight, WeightRef bias, const AdapterWeights& adapters) {
    // A place is unused in one of the two and zeros there: the sum is the other's bits.
    const Tensor y = w.own.own && own_weight ? residual_add(expert_linear(in, weight, stacked), expert_linear(in, own_weight, own))
                                             : expert_linear(in, weight, routing);
    const Tensor biased = bias ? expert_bias(y, bias, routing) : y;
    return shared && adapters.a == w.up_adapters.a ? adapt_with(biased, low, adapters, places) : adapt(biased, in, adapters, places);
  };
  const Tensor gate = w.gate ? product(x, w.gate, w.own.gate, w.gate_bias, w.gate_adapters) : Tensor{};
  const Tensor up = product(x, w.up, w.own.up, w.up_bias, w.up_adapters);
  const Tensor inner = glu(gate, up, activation);
  return combine(product(inner, w.down, w.own.down, w.down_bias, w.down_adapters), routing);
}

Tensor Ops::moe(const Tensor& x, const MoeWeights& w, const RouterSpec& spec, const Activation& activation,
                const Batch& batch, std::int32_t routed_layer) {
  const Tensor logits = linear(x, {w.router, w.router_bias});
  const Routing routing = route(logits, w.selection_bias, spec, batch, routed_layer);
  return routed_and_shared(x, w, routing, spec, activation, batch);
}

Tensor Ops::routed_and_shared(const Tensor& x, const MoeWeights& w, const Routing& routing, const RouterSpec& spec,
                              const Activation& activation, const Batch& batch) {
  // Weights on the input leave a plain sum; fused products of `routed_ffn` need not know of it.
  const Tensor routed = spec.weight_on_input
                            ? Ops::routed_ffn(weigh_input(x, routing), w.experts, activation, {routing.ids, {}, routing.k}, batch)
                            : routed_ffn(x, w.experts, activation, routing, batch);
  if (!w.shared.down) return routed;
  Tensor shared = dense_ffn(x, w.shared, activation, batch);
  if (w.shared_gate) shared = sigmoid_gate(shared, linear(x, {w.shared_gate, nullptr}));
  return residual_add(routed, shared);
}

}  // namespace roundhouse
