// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <random>

#include "roundhouse/trace.h"

// A random trace: `layers` routed layers of `experts`, top-k 2, layer indices from 1.
inline roundhouse::RoutingTrace randomTrace(int tokens, int layers, int experts, unsigned seed, int k = 2) {
  using namespace roundhouse;
  RoutingLayout layout;
  layout.model_layers = layers + 1;
  for (int l = 0; l < layers; ++l) layout.layers.push_back({l + 1, experts, k, 0, "softmax"});
  std::mt19937 random(seed);
  std::vector<std::shared_ptr<const TraceChunk>> chunks;
  for (int begin = 0; begin < tokens; begin += TraceChunk::tokens) {
    auto chunk = std::make_shared<TraceChunk>();
    for (int t = 0; t < TraceChunk::tokens; ++t) {
      chunk->token_ids.push_back(static_cast<int>(random() % 50));
      for (int l = 0; l < layers; ++l) {
        const auto first = static_cast<std::uint16_t>(random() % static_cast<unsigned>(experts));
        for (int i = 0; i < k; ++i) {
          chunk->ids.push_back(static_cast<std::uint16_t>((first + i) % experts));
          chunk->weights.push_back(1.0f / static_cast<float>(k));
        }
        for (int e = 0; e < experts; ++e) chunk->scores.push_back(static_cast<float>(random() % 1000) / 1000.0f);
      }
    }
    chunks.push_back(std::move(chunk));
  }
  return RoutingTrace(std::move(layout), k, true, std::move(chunks), tokens, tokens / 2, {});
}
