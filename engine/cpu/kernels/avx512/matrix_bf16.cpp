// SPDX-License-Identifier: Apache-2.0
// Tiles of products of bfloat16 pairs, for processors with AVX-512 BF16.
#include "engine/cpu/kernels/avx512/kernels.h"
#include "engine/cpu/kernels/avx512/lanes.h"
#include "engine/cpu/kernels/avx512/shapes.h"

namespace roundhouse::kernels {
namespace {

inline __m256i rounded(__m512 x) { return reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(x)); }

inline __m512i paired(__m512 even, __m512 odd) {
  return _mm512_or_si512(_mm512_cvtepu16_epi32(rounded(even)), _mm512_slli_epi32(_mm512_cvtepu16_epi32(rounded(odd)), 16));
}

template <int rows, int lanes, bool turned>
inline void multiply_pairs(const PairTile& t) {
  constexpr std::int64_t step = turned ? pair_tile_stride : 1, row_step = turned ? 1 : pair_tile_stride;
  __m512 sums[rows][lanes];
#pragma GCC unroll 12
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 2
    for (int l = 0; l < lanes; ++l) sums[r][l] = _mm512_setzero_ps();
  }
  const std::uint32_t* a = t.a;
  const std::uint32_t* b = t.b;
  for (std::int64_t p = 0; p < t.pairs; ++p, a += step, b += 16 * matrix_tile_vectors) {
    __m512i values[lanes];
#pragma GCC unroll 2
    for (int l = 0; l < lanes; ++l) values[l] = _mm512_loadu_si512(b + 16 * l);
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r) {
      const __m512i pair = _mm512_set1_epi32(static_cast<int>(a[r * row_step]));
#pragma GCC unroll 2
      for (int l = 0; l < lanes; ++l) {
        sums[r][l] = _mm512_dpbf16_ps(sums[r][l], reinterpret_cast<__m512bh>(pair), reinterpret_cast<__m512bh>(values[l]));
      }
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 2
    for (int l = 0; l < lanes; ++l) {
      const std::int64_t valid = t.columns - 16 * l;
      if (valid <= 0) break;
      float* const to = t.c[r] + 16 * l;
      const Lanes sum{sums[r][l]};
      if (valid >= 16) store(to, t.add ? load(to) + sum : sum);
      else store_part(to, t.add ? load_part(to, valid) + sum : sum, valid);
    }
  }
}

template <bool turned, int rows = matrix_tile_rows>
inline void multiply_tile(const PairTile& t) {
  if (t.rows == rows) return t.columns <= 16 ? multiply_pairs<rows, 1, turned>(t) : multiply_pairs<rows, matrix_tile_vectors, turned>(t);
  if constexpr (rows > 1) multiply_tile<turned, rows - 1>(t);
}

}  // namespace

void avx512_pair_tile(const PairTile& t) { t.turned ? multiply_tile<true>(t) : multiply_tile<false>(t); }

// Whole vectors apart from the rest: masked stores are slow on some processors.
void avx512_to_pairs(const float* even, const float* odd, std::int64_t n, std::uint32_t* pairs) {
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    _mm512_storeu_si512(pairs + i, paired(_mm512_loadu_ps(even + i), odd ? _mm512_loadu_ps(odd + i) : _mm512_setzero_ps()));
  }
  if (i == n) return;
  const __mmask16 valid = first_lanes(n - i);
  const __m512 second = odd ? _mm512_maskz_loadu_ps(valid, odd + i) : _mm512_setzero_ps();
  _mm512_mask_storeu_epi32(pairs + i, valid, paired(_mm512_maskz_loadu_ps(valid, even + i), second));
}

void avx512_to_bf16(const float* x, std::int64_t n, std::uint16_t* y) {
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) _mm256_storeu_si256(reinterpret_cast<__m256i*>(y + i), rounded(_mm512_loadu_ps(x + i)));
  if (i < n) _mm256_mask_storeu_epi16(y + i, first_lanes(n - i), rounded(_mm512_maskz_loadu_ps(first_lanes(n - i), x + i)));
}

}  // namespace roundhouse::kernels
