// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/model/model_source.h"
#include "engine/model/weights.h"

namespace roundhouse {

// A weight that no file has in one piece: per-expert matrices to be stacked, a half of fused gate-and-up matrices. Its
// `data` is null until the pieces are copied.
struct StackedWeight {
  WeightRef weight = nullptr;
  std::vector<const std::byte*> pieces;  // mapped, in the order in which they follow each other
  std::uint64_t piece_bytes = 0;         // of each
};

// How many layers a file's tensors may name. Those from `used` on predict further tokens (MTP) and are left out.
struct LayerCounts {
  std::int32_t used = 0;
  std::int32_t named = 0;
};

// Puts a file's tensors under canonical names. Refuses, by name: unknown meanings and types, dimensions that no matrix
// has, two tensors of one meaning.
Result<std::vector<StackedWeight>> collect_weights(const ModelSource& source, LayerCounts layers, Weights& weights);

}  // namespace roundhouse
