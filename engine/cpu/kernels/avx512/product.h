// SPDX-License-Identifier: Apache-2.0
#pragma once

// The loop around a packed weight kind's tile, AVX-512.

#include <immintrin.h>

#include "engine/cpu/kernels/kernel_table.h"

namespace roundhouse::kernels {
namespace {

inline __m512 broadcast(float value) { return _mm512_set1_ps(value); }
inline __m512i broadcast(std::int32_t value) { return _mm512_set1_epi32(value); }

// Four consecutive half activations in every lane: a memory operand of the dot product instruction.
inline __m512i four_values(const std::int8_t* half, int j) {
  return _mm512_set1_epi32(reinterpret_cast<const std::int32_t*>(half)[j]);
}

// out[t] = zero[t] + sum of w * X over the vectors [first, last) of block b of `count` tokens from x[begin] on. The halves'
// sums and the tokens are separate chains, interleaved: one chain alone would wait for the instruction's latency.
template <int first, int last, int begin, int count>
inline void dots(const __m512i (&w)[8], const ActivationBlock* const* x, std::int64_t b,
                 const std::int32_t (&zero)[count], __m512i (&out)[count]) {
  __m512i high[count];
#pragma GCC unroll 4
  for (int t = 0; t < count; ++t) {
    high[t] = _mm512_setzero_si512();
    out[t] = broadcast(zero[t]);
  }
#pragma GCC unroll 8
  for (int j = first; j < last; ++j) {
#pragma GCC unroll 4
    for (int t = 0; t < count; ++t) {
      high[t] = _mm512_dpbusd_epi32(high[t], w[j], four_values(x[begin + t][b].high, j));
      out[t] = _mm512_dpbusd_epi32(out[t], w[j], four_values(x[begin + t][b].low, j));
    }
  }
#pragma GCC unroll 4
  for (int t = 0; t < count; ++t) out[t] = _mm512_add_epi32(out[t], _mm512_slli_epi32(high[t], 8));
}

// function.operator()<begin, count>() for the tokens two by two, the odd one last.
template <int tokens, int begin = 0, class Function>
inline void by_pairs(const Function& function) {
  if constexpr (begin + 2 <= tokens) {
    function.template operator()<begin, 2>();
    by_pairs<tokens, begin + 2>(function);
  } else if constexpr (begin < tokens) {
    function.template operator()<begin, 1>();
  }
}

// 16 f16 scales.
inline __m512 load_scales(const std::uint8_t* at) {
  return _mm512_cvtph_ps(_mm256_load_si256(reinterpret_cast<const __m256i*>(at)));
}

// The eight vectors of a block from its nibbles.
inline void unpack_nibbles(const std::uint8_t* quants, __m512i (&w)[8]) {
  const __m512i low = _mm512_set1_epi8(0x0F);
  for (int j = 0; j < 4; ++j) {
    const __m512i both = _mm512_load_si512(quants + 64 * j);
    w[j] = _mm512_and_si512(both, low);
    w[j + 4] = _mm512_and_si512(_mm512_srli_epi32(both, 4), low);
  }
}

// One token's product is as fast as the weights arrive: asks for what comes `ahead_bytes` later (which may be another
// group's, or nobody's).
template <int tokens, int bytes>
inline void fetch_ahead(const std::uint8_t* at) {
  constexpr int ahead_bytes = 384;
  if constexpr (tokens == 1) {
#pragma GCC unroll 8
    for (int i = 0; i < bytes; i += 64) _mm_prefetch(reinterpret_cast<const char*>(at) + ahead_bytes + i, _MM_HINT_T0);
  }
}

inline void store_tile(const ProductArguments& a, std::int64_t group, int first_token, int tokens, const __m512* sum) {
  const std::int64_t row = group * group_rows;
  const std::int64_t valid = a.rows - row;
  const __mmask16 mask = valid >= 16 ? 0xFFFF : static_cast<__mmask16>((1u << valid) - 1);
  const __m512 bias = a.bias ? _mm512_maskz_loadu_ps(mask, a.bias + row) : _mm512_setzero_ps();
  for (int t = 0; t < tokens; ++t) {
    float* y = a.y[first_token + t] + (row - a.y_first_row);
    __m512 value = sum[t];
    if (a.weight) {
      value = _mm512_fmadd_ps(broadcast(a.weight[first_token + t]), value, _mm512_maskz_loadu_ps(mask, y));
    } else if (a.bias) {
      value = _mm512_add_ps(value, bias);
    }
    _mm512_mask_storeu_ps(y, mask, value);
  }
}

template <class Kind, int tokens>
inline void group_loop(const ProductArguments& a, int first_token) {
  const ActivationBlock* x[tokens];
  for (int t = 0; t < tokens; ++t) x[t] = static_cast<const ActivationBlock*>(a.x[first_token + t]);
  for (std::int64_t group = a.group_begin; group < a.group_end; ++group) {
    __m512 sum[tokens];
    Kind::template tile<tokens>(a.weights + group * a.stride_bytes, a.columns, x, sum);
    store_tile(a, group, first_token, tokens, sum);
  }
}

// Kind::tile<tokens>(group, columns, x, sum): the group's 16 rows times `tokens` activation rows.
template <class Kind>
void packed_product(const ProductArguments& a) {
  int t = 0;
  for (; t + tile_tokens <= a.tokens; t += tile_tokens) group_loop<Kind, tile_tokens>(a, t);
  switch (a.tokens - t) {
    case 1: return group_loop<Kind, 1>(a, t);
    case 2: return group_loop<Kind, 2>(a, t);
    case 3: return group_loop<Kind, 3>(a, t);
    case 4: return group_loop<Kind, 4>(a, t);
    case 5: return group_loop<Kind, 5>(a, t);
    case 6: return group_loop<Kind, 6>(a, t);
    case 7: return group_loop<Kind, 7>(a, t);
    default: return;
  }
}

}  // namespace
}  // namespace roundhouse::kernels
