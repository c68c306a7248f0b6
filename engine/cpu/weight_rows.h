// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "engine/ops/weight.h"
#include "roundhouse/result.h"

namespace roundhouse {

// Whether the weight's bytes are in host memory, as many as its shape says, of a type that can be read.
Status check_host_weight(const Weight& weight);

// One row of a weight as f32 [cols]: in `out`, or in the weight itself where it is f32 and aligned.
const float* weight_row(const Weight& weight, std::int64_t expert, std::int64_t row, float* out);
// Columns [first, first + count) of it, [count]. `first` is a multiple of the type's block; out has room for whole blocks.
const float* weight_part(const Weight& weight, std::int64_t expert, std::int64_t row, std::int64_t first, std::int64_t count, float* out);

}  // namespace roundhouse
