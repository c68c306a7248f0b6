// SPDX-License-Identifier: Apache-2.0
#pragma once

// Products with weights that are plain numbers (f32, f16, bf16), in float32. Include after a lanes.h.
// Each result is the sum over 16 lanes, lane l adding columns l, l + 16, ... in ascending order.

#include "engine/cpu/kernels/kernel_table.h"

namespace roundhouse::kernels {
namespace {

struct PlainF32 {
  static inline Lanes whole(const std::uint8_t* row, std::int64_t i) { return load(reinterpret_cast<const float*>(row) + i); }
  static inline Lanes part(const std::uint8_t* row, std::int64_t i, std::int64_t n) {
    return load_part(reinterpret_cast<const float*>(row) + i, n);
  }
};
struct PlainF16 {
  static inline Lanes whole(const std::uint8_t* row, std::int64_t i) {
    return load_f16(reinterpret_cast<const std::uint16_t*>(row) + i);
  }
  static inline Lanes part(const std::uint8_t* row, std::int64_t i, std::int64_t n) {
    return load_f16_part(reinterpret_cast<const std::uint16_t*>(row) + i, n);
  }
};
struct PlainBf16 {
  static inline Lanes whole(const std::uint8_t* row, std::int64_t i) {
    return load_bf16(reinterpret_cast<const std::uint16_t*>(row) + i);
  }
  static inline Lanes part(const std::uint8_t* row, std::int64_t i, std::int64_t n) {
    return load_bf16_part(reinterpret_cast<const std::uint16_t*>(row) + i, n);
  }
};

template <class Kind, int rows, int tokens>
inline void plain_tile(const ProductArguments& a, std::int64_t row, int first_token) {
  const std::uint8_t* w[rows];
  const float* x[tokens];
  Lanes total[rows][tokens];
  for (int r = 0; r < rows; ++r) w[r] = a.weights + (row + r) * a.stride_bytes;
  for (int t = 0; t < tokens; ++t) x[t] = static_cast<const float*>(a.x[first_token + t]);
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 4
    for (int t = 0; t < tokens; ++t) total[r][t] = all(0.0f);
  }
  std::int64_t i = 0;
  for (; i + 16 <= a.columns; i += 16) {
    Lanes value[tokens];
#pragma GCC unroll 4
    for (int t = 0; t < tokens; ++t) value[t] = load(x[t] + i);
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r) {
      const Lanes weight = Kind::whole(w[r], i);
#pragma GCC unroll 4
      for (int t = 0; t < tokens; ++t) total[r][t] = fma(weight, value[t], total[r][t]);
    }
  }
  if (i < a.columns) {
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r) {
      const Lanes weight = Kind::part(w[r], i, a.columns - i);
#pragma GCC unroll 4
      for (int t = 0; t < tokens; ++t) total[r][t] = fma(weight, load_part(x[t] + i, a.columns - i), total[r][t]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 4
    for (int t = 0; t < tokens; ++t) {
      float* y = a.y[first_token + t] + (row + r - a.y_first_row);
      const float value = sum(total[r][t]);
      if (a.weight) {
        *y = *y + a.weight[first_token + t] * value;
      } else {
        *y = a.bias ? value + a.bias[row + r] : value;
      }
    }
  }
}

template <class Kind, int rows>
inline void plain_rows(const ProductArguments& a, std::int64_t row) {
  int t = 0;
  for (; t + plain_tile_tokens <= a.tokens; t += plain_tile_tokens) plain_tile<Kind, rows, plain_tile_tokens>(a, row, t);
  for (; t < a.tokens; ++t) plain_tile<Kind, rows, 1>(a, row, t);
}

template <class Kind>
inline void plain_product(const ProductArguments& a) {
  const std::int64_t last = a.group_end * group_rows, end = last < a.rows ? last : a.rows;
  std::int64_t row = a.group_begin * group_rows;
  for (; row + plain_tile_rows <= end; row += plain_tile_rows) plain_rows<Kind, plain_tile_rows>(a, row);
  for (; row < end; ++row) plain_rows<Kind, 1>(a, row);
}

}  // namespace
}  // namespace roundhouse::kernels
