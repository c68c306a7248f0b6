// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/kernels/avx512/kernels.h"
#include "engine/cpu/kernels/avx512/product.h"

namespace roundhouse::kernels {
namespace {

inline __m512 widen_signed(const std::uint8_t* at) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_load_si128(reinterpret_cast<const __m128i*>(at))));
}

struct Q6K {
  template <int tokens>
  static inline void tile(const std::uint8_t* group, std::int64_t columns, const ActivationBlock* const (&x)[tokens],
                          __m512 (&sum)[tokens]) {
    const std::int64_t blocks = columns / block_values;
    const std::uint8_t* quants = group + quants_offset(group_layout(WeightKind::q6_k), columns);
    const __m512i pair = _mm512_set1_epi8(0x30);
#pragma GCC unroll 8
    for (int t = 0; t < tokens; ++t) sum[t] = _mm512_setzero_ps();
    for (std::int64_t b = 0; b < blocks; ++b) {
      const std::uint8_t* record = group + 320 * (b / 8);
      const std::uint8_t* part = record + 32 + 32 * (b % 8);
      const __m512 d = load_scales(record);
      const __m512 scale[2] = {_mm512_mul_ps(d, widen_signed(part)), _mm512_mul_ps(d, widen_signed(part + 16))};
      fetch_ahead<tokens, 384>(quants + 384 * b);
      __m512i w[8];
      unpack_nibbles(quants + 384 * b, w);
#pragma GCC unroll 2
      for (int h = 0; h < 2; ++h) {
        const __m512i high = _mm512_load_si512(quants + 384 * b + 256 + 64 * h);
        w[4 * h] = _mm512_or_si512(w[4 * h], _mm512_and_si512(_mm512_slli_epi32(high, 4), pair));
        w[4 * h + 1] = _mm512_or_si512(w[4 * h + 1], _mm512_and_si512(_mm512_slli_epi32(high, 2), pair));
        w[4 * h + 2] = _mm512_or_si512(w[4 * h + 2], _mm512_and_si512(high, pair));
        w[4 * h + 3] = _mm512_or_si512(w[4 * h + 3], _mm512_and_si512(_mm512_srli_epi32(high, 2), pair));
      }
      by_pairs<tokens>([&]<int begin, int count>() {
        std::int32_t zero[2][count];
        __m512i dot[2][count];
        for (int t = 0; t < count; ++t) {
          zero[0][t] = x[begin + t][b].zero32[0];
          zero[1][t] = x[begin + t][b].zero32[1];
        }
        dots<0, 4, begin, count>(w, x, b, zero[0], dot[0]);
        dots<4, 8, begin, count>(w, x, b, zero[1], dot[1]);
        for (int t = 0; t < count; ++t) {
          const __m512 x_scale = broadcast(x[begin + t][b].scale);
          sum[begin + t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot[0][t]), _mm512_mul_ps(scale[0], x_scale), sum[begin + t]);
          sum[begin + t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot[1][t]), _mm512_mul_ps(scale[1], x_scale), sum[begin + t]);
        }
      });
    }
  }
};

}  // namespace

void avx512_product_q6_k(const ProductArguments& a) { packed_product<Q6K>(a); }

}  // namespace roundhouse::kernels
