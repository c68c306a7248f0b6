// SPDX-License-Identifier: Apache-2.0
#pragma once

// Tiles of float32 matrix products. Include after a lanes.h and a shapes.h.

#include <cstdint>

#include "engine/cpu/kernels/kernel_table.h"

namespace roundhouse::kernels {
namespace {

// Sums stay in registers from the first element to the last.
template <int rows, int lanes, bool turned>
inline void multiply_rows(const MatrixTile& t) {
  Lanes sums[rows][lanes];
#pragma GCC unroll 12
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 2
    for (int l = 0; l < lanes; ++l) sums[r][l] = all(0.0f);
  }
  const float* b = t.b;
  for (std::int64_t p = 0; p < t.k; ++p, b += 16 * matrix_tile_vectors) {
    Lanes values[lanes];
#pragma GCC unroll 2
    for (int l = 0; l < lanes; ++l) values[l] = load(b + 16 * l);
    const float* const column = turned ? t.a[p] + t.a_column : nullptr;
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r) {
      const Lanes a = all(turned ? column[r] : t.a[r][p]);
#pragma GCC unroll 2
      for (int l = 0; l < lanes; ++l) sums[r][l] = fma(a, values[l], sums[r][l]);
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 2
    for (int l = 0; l < lanes; ++l) {
      const std::int64_t valid = t.columns - 16 * l;
      if (valid <= 0) break;
      float* const to = t.c[r] + 16 * l;
      if (valid >= 16) store(to, t.add ? load(to) + sums[r][l] : sums[r][l]);
      else store_part(to, t.add ? load_part(to, valid) + sums[r][l] : sums[r][l], valid);
    }
  }
}

template <bool turned, int rows = matrix_tile_rows>
inline void multiply_tile(const MatrixTile& t) {
  if (t.rows == rows) return t.columns <= 16 ? multiply_rows<rows, 1, turned>(t) : multiply_rows<rows, matrix_tile_vectors, turned>(t);
  if constexpr (rows > 1) multiply_tile<turned, rows - 1>(t);
}

}  // namespace
}  // namespace roundhouse::kernels
