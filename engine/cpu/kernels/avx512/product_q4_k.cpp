// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/kernels/avx512/kernels.h"
#include "engine/cpu/kernels/avx512/product.h"

namespace roundhouse::kernels {
namespace {

inline __m512 widen(const std::uint8_t* at) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_load_si128(reinterpret_cast<const __m128i*>(at))));
}

struct Q4K {
  template <int tokens>
  static inline void tile(const std::uint8_t* group, std::int64_t columns, const ActivationBlock* const (&x)[tokens],
                          __m512 (&sum)[tokens]) {
    const std::int64_t blocks = columns / block_values;
    const std::uint8_t* quants = group + quants_offset(group_layout(WeightKind::q4_k), columns);
#pragma GCC unroll 8
    for (int t = 0; t < tokens; ++t) sum[t] = _mm512_setzero_ps();
    for (std::int64_t b = 0; b < blocks; ++b) {
      const std::uint8_t* record = group + 320 * (b / 8);
      const std::int64_t part = b % 8;
      const __m512 scale = _mm512_mul_ps(load_scales(record), widen(record + 64 + 16 * part));
      const __m512 minimum = _mm512_mul_ps(load_scales(record + 32), widen(record + 192 + 16 * part));
      fetch_ahead<tokens, 256>(quants + 256 * b);
      __m512i w[8];
      unpack_nibbles(quants + 256 * b, w);
      by_pairs<tokens>([&]<int begin, int count>() {
        const std::int32_t zero[count] = {};
        __m512i dot[count];
        dots<0, 8, begin, count>(w, x, b, zero, dot);
        for (int t = 0; t < count; ++t) {
          const ActivationBlock& block = x[begin + t][b];
          const __m512 both = _mm512_mul_ps(scale, broadcast(block.scale));
          sum[begin + t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot[t]), both, sum[begin + t]);
          sum[begin + t] = _mm512_fmadd_ps(minimum, broadcast(block.minus_scaled_sum), sum[begin + t]);
        }
      });
    }
  }
};

}  // namespace

void avx512_product_q4_k(const ProductArguments& a) { packed_product<Q4K>(a); }

}  // namespace roundhouse::kernels
