// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/kernels/avx512/kernels.h"
#include "engine/cpu/kernels/avx512/product.h"

namespace roundhouse::kernels {
namespace {

struct Q4_0 {
  template <int tokens>
  static inline void tile(const std::uint8_t* group, std::int64_t columns, const ActivationBlock* const (&x)[tokens],
                          __m512 (&sum)[tokens]) {
    const std::int64_t blocks = columns / block_values;
    const std::uint8_t* quants = group + quants_offset(group_layout(WeightKind::q4_0), columns);
#pragma GCC unroll 8
    for (int t = 0; t < tokens; ++t) sum[t] = _mm512_setzero_ps();
    for (std::int64_t b = 0; b < blocks; ++b) {
      fetch_ahead<tokens, 256>(quants + 256 * b);
      __m512i w[8];
      unpack_nibbles(quants + 256 * b, w);
      const __m512 scale = load_scales(group + 32 * b);
      by_pairs<tokens>([&]<int begin, int count>() {
        std::int32_t zero[count];
        __m512i dot[count];
        for (int t = 0; t < count; ++t) zero[t] = x[begin + t][b].zero8;
        dots<0, 8, begin, count>(w, x, b, zero, dot);
        for (int t = 0; t < count; ++t) {
          const __m512 both = _mm512_mul_ps(scale, broadcast(x[begin + t][b].scale));
          sum[begin + t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot[t]), both, sum[begin + t]);
        }
      });
    }
  }
};

}  // namespace

void avx512_product_q4_0(const ProductArguments& a) { packed_product<Q4_0>(a); }

}  // namespace roundhouse::kernels
