// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/model/text_model.h"
#include "engine/ops/backend.h"

namespace roundhouse::conformance {

// What a model made of one text.
struct SequenceRun {
  std::vector<float> logits;            // [tokens, vocabulary]
  std::vector<std::uint16_t> route_ids; // [tokens, routed layers, k]
  std::vector<float> route_weights;
  std::int32_t k = 0, routed_layers = 0;
};

// The most likely token of one row of logits; -1 when one of them is NaN.
std::int32_t most_likely(std::span<const float> logits);

// Runs `ids` as one sequence in chunks of `chunk` rows through a fresh KV cache. Every backend, every model.
Result<SequenceRun> run_sequence(const TextModel& model, Backend& backend, const std::vector<std::int32_t>& ids, std::int32_t chunk);

// Greedy continuation with the cache, one row a step. Fails where the logits give no most likely token.
Result<std::vector<std::int32_t>> run_greedy(const TextModel& model, Backend& backend, std::vector<std::int32_t> ids, int count);

}  // namespace roundhouse::conformance
