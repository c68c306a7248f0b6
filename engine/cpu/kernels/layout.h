// SPDX-License-Identifier: Apache-2.0
#pragma once

// Shapes in memory that the fast kernels and the backend share. Plain data and internal linkage only: the kernel files
// are compiled for processors that may not be there, and nothing of them may be merged with code that runs everywhere.

#include <cstdint>

namespace roundhouse::kernels {

// 32 values of an activation row as 16-bit integers in two 8-bit halves: X = 256 * high + low, x is about scale * X,
// |high|, |low| <= 127. The step is the largest |x| / 32,512; a value is off by half of it, once in 256 by one and a half
// (low = -128 is moved to -127, which the AVX2 kernels need).
// The packed weights are unsigned (stored value + zero point), so that sum(w * X) = sum((w + zero) * X) - zero * sum(X);
// the second term is ready here for each zero point in use.
struct alignas(32) ActivationBlock {
  std::int8_t high[32];
  std::int8_t low[32];
  float scale;
  float minus_scaled_sum;         // -scale * sum of X: times a minimum (Q4_K)
  std::int32_t zero8;             // -8 * sum of X (Q4_0)
  std::int32_t zero128;           // -128 * sum of X (Q8_0)
  std::int32_t zero32[2];         // -32 * sum of each half's X (Q6_K)
  std::int32_t unused[2];
};
static_assert(sizeof(ActivationBlock) == 96);
constexpr std::int64_t block_values = 32;

// Rows of a weight matrix are packed in groups of 16 (the last one filled up with zero rows): lane r of a 512-bit vector
// belongs to row r, its four bytes to four consecutive columns, which is what one 8-bit dot product instruction eats.
// A group is its table of scales, then its quants; both start on a cache line. Per 32 columns of a group:
//   q4_0  scales 16 f16; quants 256 bytes: vector j holds columns 4j..4j+3 in the low and 16+4j.. in the high nibbles
//   q8_0  scales 16 f16; quants 512 bytes: vector j holds columns 4j..4j+3, each value + 128
//   q4_k  quants like q4_0; scales per 256 columns, 320 bytes: 16 f16 d, 16 f16 dmin, u8 scale[8][16], u8 minimum[8][16]
//   q6_k  low nibbles like q4_0 (256 bytes), then 128 bytes of high bit pairs: byte b of lane r in vector h holds, at bits
//         2i, the pair of column 16h+4i+b; scales per 256 columns, 320 bytes: 16 f16 d, i8 scale[16][16], 32 unused
// Plain types are not packed: a group is 16 rows as the file has them.
constexpr std::int64_t group_rows = 16;
constexpr int tile_tokens = 8;  // most tokens that one kernel call handles together

enum class WeightKind : std::uint8_t { q4_0, q8_0, q4_k, q6_k, f32, f16, bf16 };
constexpr int weight_kinds = 7;

// Whether a kind is multiplied with ActivationBlocks (else with f32 rows).
static inline bool takes_quantised(WeightKind kind) { return kind <= WeightKind::q6_k; }

struct GroupLayout {
  std::int64_t scales_bytes;    // of one scale record
  std::int64_t scales_columns;  // columns it covers
  std::int64_t quants_bytes;    // per 32 columns
};

static inline GroupLayout group_layout(WeightKind kind) {
  switch (kind) {
    case WeightKind::q4_0: return {32, 32, 256};
    case WeightKind::q8_0: return {32, 32, 512};
    case WeightKind::q4_k: return {320, 256, 256};
    default: return {320, 256, 384};  // q6_k
  }
}
// Where the quants of a group begin, and the size of a group of `columns` columns.
static inline std::int64_t quants_offset(const GroupLayout& layout, std::int64_t columns) {
  return (columns / layout.scales_columns * layout.scales_bytes + 63) / 64 * 64;
}
static inline std::int64_t group_bytes(const GroupLayout& layout, std::int64_t columns) {
  return quants_offset(layout, columns) + columns / 32 * layout.quants_bytes;
}

}  // namespace roundhouse::kernels
