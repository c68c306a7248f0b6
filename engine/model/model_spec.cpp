// SPDX-License-Identifier: Apache-2.0
#include "engine/model/model_spec.h"

namespace roundhouse {

namespace {
const char* score_name(RouterScore score) {
  switch (score) {
    case RouterScore::softmax: return "softmax";
    case RouterScore::sigmoid: return "sigmoid";
    case RouterScore::softmax_after_top_k: return "softmax after top-k";
    case RouterScore::sigmoid_after_top_k: return "sigmoid after top-k";
    case RouterScore::sqrt_softplus: return "sqrt-softplus";
  }
  return "softmax";
}
}  // namespace

RoutingLayout ModelSpec::routing_layout() const {
  RoutingLayout layout;
  layout.model_layers = static_cast<std::int32_t>(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerSpec& layer = layers[i];
    if (!layer.routed) continue;
    layout.layers.push_back({static_cast<std::int32_t>(i), layer.router.experts, layer.router.top_k,
                             layer.shared_experts, score_name(layer.router.score)});
  }
  return layout;
}

}  // namespace roundhouse
