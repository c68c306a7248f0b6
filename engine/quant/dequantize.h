// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/base/dtype.h"
#include "engine/base/half.h"
#include "engine/quant/blocks.h"
#include "roundhouse/result.h"

namespace roundhouse {

// n values of a row of any supported type to f32, exactly as the type defines them (each product rounded to
// float in the order written in blocks.h; no fused operations). src: [dtype_row_bytes(type, n)] bytes, any
// alignment; dst: [n]. n is a multiple of the type's block. Any thread.
Status dequantize_row(DType type, const std::byte* src, std::int64_t n, float* dst);

// One block, for kernels. Compiled where it is included: without -ffp-contract=off a compiler may fuse the
// subtraction of q4_k, and the result differs in the last bit.
inline void dequantize_block(const BlockQ8_0& block, float* dst) {
  const float d = half_to_float(block.d);
  for (int i = 0; i < 32; ++i) dst[i] = d * static_cast<float>(block.qs[i]);
}

inline void dequantize_block(const BlockQ4_0& block, float* dst) {
  const float d = half_to_float(block.d);
  for (int i = 0; i < 16; ++i) {
    dst[i] = d * static_cast<float>((block.qs[i] & 15) - 8);
    dst[i + 16] = d * static_cast<float>((block.qs[i] >> 4) - 8);
  }
}

inline void dequantize_block(const BlockQ4_K& block, float* dst) {
  const float d = half_to_float(block.d);
  const float dmin = half_to_float(block.dmin);
  for (int group = 0; group < 8; ++group) {
    const ScaleMin packed = q4_k_scale_min(block.scales, group);
    const float scale = d * static_cast<float>(packed.scale);
    const float min = dmin * static_cast<float>(packed.min);
    const std::uint8_t* const qs = block.qs + group / 2 * 32;
    const int shift = group % 2 * 4;
    for (int i = 0; i < 32; ++i) dst[group * 32 + i] = scale * static_cast<float>((qs[i] >> shift) & 15) - min;
  }
}

inline void dequantize_block(const BlockQ6_K& block, float* dst) {
  const float d = half_to_float(block.d);
  for (int group = 0; group < 16; ++group) {
    const float scale = d * static_cast<float>(block.scales[group]);
    const int half = group / 8;
    const int quarter = group % 8 / 2;
    const int first = group % 2 * 16;  // within the quarter
    const std::uint8_t* const low = block.ql + half * 64 + quarter % 2 * 32 + first;
    const std::uint8_t* const high = block.qh + half * 32 + first;
    const int low_shift = quarter / 2 * 4;
    const int high_shift = quarter * 2;
    for (int i = 0; i < 16; ++i) {
      const int q = ((low[i] >> low_shift) & 15) | (((high[i] >> high_shift) & 3) << 4);
      dst[group * 16 + i] = scale * static_cast<float>(q - 32);
    }
  }
}

// A whole row of a type known when compiling; same contract as dequantize_row, n not checked.
template <DType T>
inline void dequantize_row_as(const std::byte* src, std::int64_t n, float* dst) {
  if constexpr (T == DType::f32) {
    std::memcpy(dst, src, static_cast<std::size_t>(n) * sizeof(float));
  } else if constexpr (T == DType::f16 || T == DType::bf16) {
    for (std::int64_t i = 0; i < n; ++i) {
      std::uint16_t bits;
      std::memcpy(&bits, src + i * 2, 2);
      dst[i] = T == DType::f16 ? half_to_float(bits) : bfloat16_to_float(bits);
    }
  } else {
    constexpr int elements = dtype_block_elements(T);
    typename BlockOf<T>::Type block;
    for (std::int64_t i = 0; i < n / elements; ++i) {
      std::memcpy(&block, src + i * static_cast<std::int64_t>(sizeof block), sizeof block);
      dequantize_block(block, dst + i * elements);
    }
  }
}

}  // namespace roundhouse
