// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/dtype.h"

namespace roundhouse {

// The block types as GGUF files store them: little-endian, without padding, so a row in a mapped file is an array
// of these (2-byte aligned; copy first where that is not certain). Scales `d` are binary16 bits (base/half.h).
// Layouts: ggml's block types as described for the GGUF format.

// 32 values: d * q
struct BlockQ8_0 {
  std::uint16_t d;
  std::int8_t qs[32];
};

// 32 values: d * (q - 8); byte i holds value i in its low half, value i + 16 in its high half.
struct BlockQ4_0 {
  std::uint16_t d;
  std::uint8_t qs[16];
};

// 256 values in 8 groups of 32: d * scale[g] * q - dmin * min[g], with q in 0..15, scale and min in 0..63.
// Bytes 32c..32c+31 of qs hold group 2c in their low halves, group 2c + 1 in their high halves.
struct BlockQ4_K {
  std::uint16_t d;
  std::uint16_t dmin;
  std::uint8_t scales[12];  // see q4_k_scale_min
  std::uint8_t qs[128];
};

// 256 values in 16 groups of 16: d * scales[g] * (q - 32), with q in 0..63. In each half of 128 values, quarter k
// (32 values) has its low 4 bits in ql (quarters 0 and 2 share bytes, as do 1 and 3), its high 2 bits in
// bits 2k, 2k + 1 of qh.
struct BlockQ6_K {
  std::uint8_t ql[128];
  std::uint8_t qh[64];
  std::int8_t scales[16];
  std::uint16_t d;
};

template <DType T>
struct BlockOf;
template <> struct BlockOf<DType::q8_0> { using Type = BlockQ8_0; };
template <> struct BlockOf<DType::q4_0> { using Type = BlockQ4_0; };
template <> struct BlockOf<DType::q4_k> { using Type = BlockQ4_K; };
template <> struct BlockOf<DType::q6_k> { using Type = BlockQ6_K; };

static_assert(sizeof(BlockQ8_0) == dtype_block_bytes(DType::q8_0));
static_assert(sizeof(BlockQ4_0) == dtype_block_bytes(DType::q4_0));
static_assert(sizeof(BlockQ4_K) == dtype_block_bytes(DType::q4_k));
static_assert(sizeof(BlockQ6_K) == dtype_block_bytes(DType::q6_k));

struct ScaleMin {
  std::uint8_t scale;  // 0..63
  std::uint8_t min;    // 0..63
};

// The 6-bit scale and minimum of group 0..7: groups 0..3 in the low 6 bits of bytes 0..3 (scale) and 4..7 (min);
// groups 4..7 have their low 4 bits in bytes 8..11 (scale low, min high half), their upper 2 bits on top of
// bytes 0..3 and 4..7.
constexpr ScaleMin q4_k_scale_min(const std::uint8_t (&packed)[12], int group) {
  if (group < 4) {
    return {static_cast<std::uint8_t>(packed[group] & 63), static_cast<std::uint8_t>(packed[group + 4] & 63)};
  }
  const std::uint8_t low = packed[group + 4];
  return {static_cast<std::uint8_t>((low & 15) | ((packed[group - 4] >> 6) << 4)),
          static_cast<std::uint8_t>((low >> 4) | ((packed[group] >> 6) << 4))};
}

// The inverse; `packed` starts as zeros.
constexpr void q4_k_set_scale_min(std::uint8_t (&packed)[12], int group, ScaleMin value) {
  if (group < 4) {
    packed[group] = static_cast<std::uint8_t>(packed[group] | value.scale);
    packed[group + 4] = static_cast<std::uint8_t>(packed[group + 4] | value.min);
    return;
  }
  packed[group + 4] = static_cast<std::uint8_t>((value.scale & 15) | ((value.min & 15) << 4));
  packed[group - 4] = static_cast<std::uint8_t>(packed[group - 4] | ((value.scale >> 4) << 6));
  packed[group] = static_cast<std::uint8_t>(packed[group] | ((value.min >> 4) << 6));
}

}  // namespace roundhouse
