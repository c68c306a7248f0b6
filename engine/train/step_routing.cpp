// SPDX-License-Identifier: Apache-2.0
#include "engine/train/step_routing.h"

#include <algorithm>
#include <numeric>

namespace roundhouse {

StepRouting::StepRouting(const RoutingLayout& layout) {
  for (const RoutedLayer& layer : layout.layers) {
    counts.emplace_back(static_cast<std::size_t>(layer.experts));
    mass.emplace_back(static_cast<std::size_t>(layer.experts));
  }
}

void StepRouting::add(std::span<const std::int32_t> ids, std::span<const float> weights, std::int32_t k) {
  const auto places = static_cast<std::size_t>(k), layers = counts.size();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0) continue;
    const std::size_t layer = i / places % layers;
    ++counts[layer][static_cast<std::size_t>(ids[i])];
    mass[layer][static_cast<std::size_t>(ids[i])] += weights[i];
  }
}

void StepRouting::clear() {
  for (auto& layer : counts) std::fill(layer.begin(), layer.end(), 0);
  for (auto& layer : mass) std::fill(layer.begin(), layer.end(), 0.0);
  balance_loss = z_loss = 0.0;
}

double max_violation(std::span<const std::int64_t> counts) {
  const auto sum = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  if (sum == 0) return 0.0;
  const double mean = static_cast<double>(sum) / static_cast<double>(counts.size());
  return (static_cast<double>(*std::max_element(counts.begin(), counts.end())) - mean) / mean;
}

void balance_biases(std::span<const std::int64_t> counts, double rate, std::span<float> bias) {
  const auto sum = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  for (std::size_t e = 0; e < counts.size(); ++e) {
    // In whole numbers: a load that is the mean is told from one that is nearly so.
    const std::int64_t own = counts[e] * static_cast<std::int64_t>(counts.size());
    if (own != sum) bias[e] += static_cast<float>(own < sum ? rate : -rate);
  }
}

std::vector<double> routing_drift(std::span<const std::int32_t> base, std::span<const std::int32_t> now, std::int32_t routed_layers, std::int32_t k) {
  const auto layers = static_cast<std::size_t>(routed_layers), places = static_cast<std::size_t>(k);
  std::vector<double> other(layers), all(layers);
  for (std::size_t row = 0; row + places <= std::min(base.size(), now.size()); row += places) {
    const std::size_t layer = row / places % layers;
    const std::span<const std::int32_t> before = base.subspan(row, places);
    for (const std::int32_t id : now.subspan(row, places)) {
      if (id < 0) continue;
      all[layer] += 1.0;
      if (std::find(before.begin(), before.end(), id) == before.end()) other[layer] += 1.0;
    }
  }
  for (std::size_t layer = 0; layer < layers; ++layer) other[layer] = all[layer] > 0.0 ? other[layer] / all[layer] : 0.0;
  return other;
}

}  // namespace roundhouse
