// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "engine/cpu/matrix_product.h"
#include "engine/cpu/weight_rows.h"

namespace roundhouse {

// Where the B of a MatrixProduct comes from.

// B = W': column j of B is row j of the weight.
struct Transposed {
  const Weight& weight;
  void operator()(const MatrixProduct::Piece& p) const {
    for (std::int64_t first = 0; first < p.n_count; first += p.panel_columns) {
      float* const panel = p.panels + first * p.k_count;
      const std::int64_t columns = std::min(p.panel_columns, p.n_count - first);
      // As many rows at a time as there is scratch for, so that what is written lies together.
      constexpr std::int64_t together = MatrixProduct::piece_floats / MatrixProduct::piece_rows;
      for (std::int64_t j = 0; j < p.panel_columns; j += together) {
        const std::int64_t some = std::min(together, p.panel_columns - j);
        const float* rows[together];
        for (std::int64_t i = 0; i < some; ++i) {
          const std::int64_t row = p.n_first + first + std::min(j + i, columns - 1);  // beyond the last: any finite numbers
          rows[i] = weight_part(weight, p.matrix, row, p.k_first, p.k_count, p.scratch + i * MatrixProduct::piece_rows);
        }
        for (std::int64_t k = 0; k < p.k_count; ++k) {
          for (std::int64_t i = 0; i < some; ++i) panel[k * p.panel_columns + j + i] = rows[i][k];
        }
      }
    }
  }
};

inline void spread_row(const MatrixProduct::Piece& p, std::int64_t k, const float* row) {
  for (std::int64_t first = 0; first < p.n_count; first += p.panel_columns) {
    float* const to = p.panels + first * p.k_count + k * p.panel_columns;
    const std::int64_t columns = std::min(p.panel_columns, p.n_count - first);
    if (columns == p.panel_columns && columns % 16 == 0) {
      for (std::int64_t j = 0; j < columns; j += 16) std::memcpy(to + j, row + first + j, 16 * sizeof(float));  // of a known size: no call
    } else {
      std::copy_n(row + first, columns, to);
      std::fill(to + columns, to + p.panel_columns, 0.0f);
    }
  }
}

// B = W.
struct Plain {
  const Weight& weight;
  void operator()(const MatrixProduct::Piece& p) const {
    for (std::int64_t k = 0; k < p.k_count; ++k) spread_row(p, k, weight_part(weight, p.matrix, p.k_first + k, p.n_first, p.n_count, p.scratch));
  }
};

// B = rows of float32 anywhere in memory; `first[matrix]`: where those of a matrix begin.
struct FromRows {
  const float* const* rows;
  const std::int64_t* first;
  void operator()(const MatrixProduct::Piece& p) const {
    const float* const* const own = rows + first[p.matrix] + p.k_first;
    constexpr std::int64_t ahead = 6;  // rows: they may lie anywhere
    for (std::int64_t k = 0; k < p.k_count; ++k) {
      if (k + ahead < p.k_count) prefetch(own[k + ahead] + p.n_first, p.n_count);
      spread_row(p, k, own[k] + p.n_first);
    }
  }
};

// B's columns are rows of float32 anywhere in memory; `first[matrix]`: where those of a matrix begin.
struct FromColumns {
  const float* const* rows;
  const std::int64_t* first;
  void operator()(const MatrixProduct::Piece& p) const {
    const float* const* const own = rows + first[p.matrix] + p.n_first;
    for (std::int64_t panel = 0; panel < p.n_count; panel += p.panel_columns) {
      float* const to = p.panels + panel * p.k_count;
      constexpr std::int64_t together = 16;
      for (std::int64_t j = 0; j < p.panel_columns; j += together) {
        const float* from[together];
        for (std::int64_t i = 0; i < together; ++i) from[i] = own[std::min(panel + j + i, p.n_count - 1)] + p.k_first;  // beyond the last: any finite numbers
        for (std::int64_t k = 0; k < p.k_count; ++k) {
          for (std::int64_t i = 0; i < together; ++i) to[k * p.panel_columns + j + i] = from[i][k];
        }
      }
    }
  }
};

}  // namespace roundhouse
