// SPDX-License-Identifier: Apache-2.0
#include "engine/model/weights.h"

#include <algorithm>

namespace roundhouse {

WeightRef Weights::add(Weight weight) {
  weight.id = static_cast<std::uint32_t>(all_.size());
  all_.push_back(std::move(weight));
  const WeightRef ref = &all_.back();
  by_name_[ref->name] = ref;
  return ref;
}

void Weights::place(WeightRef weight, std::shared_ptr<const std::byte> bytes) {
  all_[weight->id].data = bytes.get();
  keep(std::move(bytes));
}

WeightRef Weights::find(const std::string& name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

DType Weights::cache_type() const {
  const bool quantised = std::any_of(all_.begin(), all_.end(), [](const Weight& w) { return dtype_info(w.type).block_elements > 1; });
  return quantised ? DType::f16 : DType::f32;
}

void Weights::bind(std::size_t layer_count) {
  embedding = find("embedding");
  output_norm = find("output_norm");
  output = {find("output"), find("output.bias")};
  if (!output.weight) output.weight = embedding;
  layers.assign(layer_count, {});
  for (std::size_t i = 0; i < layer_count; ++i) {
    const std::string prefix = "layers." + std::to_string(i) + ".";
    const auto get = [&](const std::string& name) { return find(prefix + name); };
    const auto linear = [&](const std::string& name) { return LinearWeights{get(name), get(name + ".bias")}; };
    const auto ffn = [&](const std::string& name) {
      return FfnWeights{get(name + ".gate"), get(name + ".up"), get(name + ".down")};
    };
    LayerWeights& layer = layers[i];
    layer.attention_norm = get("attention_norm");
    layer.ffn_norm = get("ffn_norm");
    layer.q = linear("q");
    layer.k = linear("k");
    layer.v = linear("v");
    layer.output = linear("output");
    layer.q_norm = get("q_norm");
    layer.k_norm = get("k_norm");
    layer.dense = ffn("dense");
    layer.moe.router = get("router");
    layer.moe.router_bias = get("router.bias");
    layer.moe.selection_bias = get("selection_bias");
    layer.moe.experts = ffn("experts");
    layer.moe.shared = ffn("shared");
    layer.moe.shared_gate = get("shared_gate");
  }
}

}  // namespace roundhouse
