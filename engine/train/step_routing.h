// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "roundhouse/result.h"
#include "roundhouse/routing.h"

namespace roundhouse {

// How the tokens of an optimiser's step were spread over the experts. A value.
struct StepRouting {
  std::vector<std::vector<std::int64_t>> counts;  // [routed layer][expert] places used
  std::vector<std::vector<double>> mass;          // [routed layer][expert] sum of routing weights
  double balance_loss = 0.0, z_loss = 0.0;        // with their factors, summed over the routers that gradients went through

  explicit StepRouting(const RoutingLayout& layout = {});
  // ids [rows, routed layers, k] with -1 for unused places, weights likewise.
  void add(std::span<const std::int32_t> ids, std::span<const float> weights, std::int32_t k);
  void clear();  // zeros of the same shape
};

// (largest - mean) / mean of one layer's counts (MaxVio, Wang et al. 2024, arXiv 2408.15664); 0 where nothing was counted.
double max_violation(std::span<const std::int64_t> counts);

// One step of balancing without a loss (arXiv 2408.15664, algorithm 1): each bias moves by `rate` towards the mean load, up where
// an expert had less, down where it had more. bias and counts [experts].
void balance_biases(std::span<const std::int64_t> counts, double rate, std::span<float> bias);

// Per routed layer the share of a row's experts in `now` that are not among those in `base`, over all rows; both [rows, routed
// layers, k] with -1 for unused places.
std::vector<double> routing_drift(std::span<const std::int32_t> base, std::span<const std::int32_t> now, std::int32_t routed_layers, std::int32_t k);

}  // namespace roundhouse
