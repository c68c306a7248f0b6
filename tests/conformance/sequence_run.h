// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
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

// Runs `ids` as one sequence in chunks of `chunk` rows through a fresh KV cache. Every backend, every model.
Result<SequenceRun> run_sequence(const TextModel& model, Backend& backend, const std::vector<std::int32_t>& ids, std::int32_t chunk);

// Greedy continuation with the cache, one row a step.
Result<std::vector<std::int32_t>> run_greedy(const TextModel& model, Backend& backend, std::vector<std::int32_t> ids, int count);

}  // namespace roundhouse::conformance
