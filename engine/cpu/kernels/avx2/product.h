// SPDX-License-Identifier: Apache-2.0
#pragma once

// The loop around a packed weight kind's tile, AVX2. A vector of the packed form is two of ours: rows 0..7 and 8..15.
// Bytes are multiplied in pairs to 16 bits; what that allows without overflow is said at each kind.

#include <immintrin.h>

#include "engine/cpu/kernels/kernel_table.h"

namespace roundhouse::kernels {
namespace {

constexpr int half_tile_tokens = 4;  // sums of this many tokens and a weight vector fit into 16 registers

inline __m256i load_vector(const std::uint8_t* at) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(at)); }

inline __m256i four_values(const std::int8_t* half, int j) {
  return _mm256_set1_epi32(reinterpret_cast<const std::int32_t*>(half)[j]);
}

// Eight f16 scales.
inline __m256 load_scales(const std::uint8_t* at) {
  return _mm256_cvtph_ps(_mm_load_si128(reinterpret_cast<const __m128i*>(at)));
}

// Sum of neighbouring 16-bit values.
inline __m256i add_pairs(__m256i words) { return _mm256_madd_epi16(words, _mm256_set1_epi16(1)); }

// 256 * high + low + zero
inline __m256i join_halves(__m256i high, __m256i low, std::int32_t zero) {
  return _mm256_add_epi32(_mm256_slli_epi32(high, 8), _mm256_add_epi32(low, _mm256_set1_epi32(zero)));
}

// sum += integers * scale
inline __m256 add_scaled(__m256i integers, __m256 scale, __m256 sum) {
  return _mm256_fmadd_ps(_mm256_cvtepi32_ps(integers), scale, sum);
}

inline void store_half(const ProductArguments& a, std::int64_t row, int first_token, int tokens, const __m256* sum) {
  const std::int64_t valid = a.rows - row < 8 ? a.rows - row : 8;
  for (int t = 0; t < tokens; ++t) {
    float* y = a.y[first_token + t] + (row - a.y_first_row);
    if (valid == 8) {
      __m256 value = sum[t];
      if (a.weight) {
        value = _mm256_fmadd_ps(_mm256_set1_ps(a.weight[first_token + t]), value, _mm256_loadu_ps(y));
      } else if (a.bias) {
        value = _mm256_add_ps(value, _mm256_loadu_ps(a.bias + row));
      }
      _mm256_storeu_ps(y, value);
      continue;
    }
    alignas(32) float values[8];
    _mm256_store_ps(values, sum[t]);
    for (std::int64_t r = 0; r < valid; ++r) {
      if (a.weight) {
        const __m128 total = _mm_fmadd_ss(_mm_set_ss(a.weight[first_token + t]), _mm_set_ss(values[r]), _mm_set_ss(y[r]));
        y[r] = _mm_cvtss_f32(total);
      } else {
        y[r] = a.bias ? values[r] + a.bias[row + r] : values[r];
      }
    }
  }
}

// Sums of a block of nibbles times one half of the activations: 8 products of two, at most 8 * 2 * 15 * 127 = 30,480.
template <int tokens>
inline void nibble_dots(const std::uint8_t* quants, const std::int8_t* const (&halves)[tokens], __m256i (&dots)[tokens]) {
  const __m256i low = _mm256_set1_epi8(0x0F);
  __m256i words[tokens];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    const __m256i both = load_vector(quants + 64 * j);
    const __m256i w0 = _mm256_and_si256(both, low), w1 = _mm256_and_si256(_mm256_srli_epi16(both, 4), low);
#pragma GCC unroll 4
    for (int t = 0; t < tokens; ++t) {
      const __m256i p = _mm256_add_epi16(_mm256_maddubs_epi16(w0, four_values(halves[t], j)),
                                         _mm256_maddubs_epi16(w1, four_values(halves[t], j + 4)));
      words[t] = j == 0 ? p : _mm256_add_epi16(words[t], p);
    }
  }
#pragma GCC unroll 4
  for (int t = 0; t < tokens; ++t) dots[t] = add_pairs(words[t]);
}

// Both halves: integer dot products of a block of nibbles, without the zero point's term.
template <int tokens>
inline void nibble_block(const std::uint8_t* quants, const ActivationBlock* const (&x)[tokens], std::int64_t b,
                         __m256i (&high)[tokens], __m256i (&low)[tokens]) {
  const std::int8_t* halves[tokens];
  for (int t = 0; t < tokens; ++t) halves[t] = x[t][b].high;
  nibble_dots<tokens>(quants, halves, high);
  for (int t = 0; t < tokens; ++t) halves[t] = x[t][b].low;
  nibble_dots<tokens>(quants, halves, low);
}

template <class Kind, int tokens>
inline void group_loop(const ProductArguments& a, int first_token) {
  const ActivationBlock* x[tokens];
  for (int t = 0; t < tokens; ++t) x[t] = static_cast<const ActivationBlock*>(a.x[first_token + t]);
  for (std::int64_t group = a.group_begin; group < a.group_end; ++group) {
    for (int half = 0; half < 2; ++half) {
      const std::int64_t row = group * group_rows + 8 * half;
      if (row >= a.rows) break;
      __m256 sum[tokens];
      Kind::template tile<tokens>(a.weights + group * a.stride_bytes, half, a.columns, x, sum);
      store_half(a, row, first_token, tokens, sum);
    }
  }
}

// Kind::tile<tokens>(group, half, columns, x, sum): eight of the group's rows times `tokens` activation rows.
template <class Kind>
inline void packed_product(const ProductArguments& a) {
  int t = 0;
  for (; t + half_tile_tokens <= a.tokens; t += half_tile_tokens) group_loop<Kind, half_tile_tokens>(a, t);
  switch (a.tokens - t) {
    case 1: return group_loop<Kind, 1>(a, t);
    case 2: return group_loop<Kind, 2>(a, t);
    case 3: return group_loop<Kind, 3>(a, t);
    default: return;
  }
}

}  // namespace
}  // namespace roundhouse::kernels
