// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/ops/specs.h"
#include "roundhouse/routing.h"

namespace roundhouse {

enum class QkNorm : std::uint8_t { none, per_head, full_width };

// One decoder block: norm -> attention -> residual -> norm -> feed-forward -> residual.
struct LayerSpec {
  AttentionSpec attention;
  RopeSpec rope;
  QkNorm qk_norm = QkNorm::none;
  bool routed = false;
  RouterSpec router;              // when routed
  std::int32_t shared_experts = 0;
  std::int32_t ffn_width = 0;     // of the dense feed-forward, or of one routed expert
  Activation activation;
};

// What a model is, without a weight or a name of a family: all that the forward pass reads.
struct ModelSpec {
  std::int32_t width = 0, vocabulary = 0, context_tokens = 0;
  std::int32_t padding_token = -1;  // see Batch; -1: none
  float norm_epsilon = 1e-5f;
  float embedding_scale = 1.0f, residual_scale = 1.0f, logit_scale = 1.0f;  // Granite and others; 1: not applied
  std::vector<LayerSpec> layers;

  RoutingLayout routing_layout() const;
};

}  // namespace roundhouse
