// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/dtype.h"
#include "roundhouse/result.h"

namespace roundhouse {

// n floats to a row of `type`: f32, f16, bf16 (to nearest even), q8_0, q4_0, q4_k or q6_k. The reference: slow,
// deterministic, least squared error within the search that each type's comment in the source describes.
// src: [n]; dst: [dtype_row_bytes(type, n)] bytes, any alignment, not overlapping src. n is a multiple of the
// type's block. Block types refuse values that are not finite, or so large that a binary16 scale overflows; dst
// is then partly written. What q4_0 and q8_0 make comes back unchanged when it is dequantised and quantised again.
// Any thread.
Status quantize_row(DType type, const float* src, std::int64_t n, std::byte* dst);

}  // namespace roundhouse
