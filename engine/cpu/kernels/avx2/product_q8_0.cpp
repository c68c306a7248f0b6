// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/kernels/avx2/kernels.h"
#include "engine/cpu/kernels/avx2/product.h"

namespace roundhouse::kernels {
namespace {

struct Q8_0 {
  template <int tokens>
  static inline void tile(const std::uint8_t* group, int half, std::int64_t columns,
                          const ActivationBlock* const (&x)[tokens], __m256 (&sum)[tokens]) {
    const std::int64_t blocks = columns / block_values;
    const std::uint8_t* quants = group + quants_offset(group_layout(WeightKind::q8_0), columns) + 32 * half;
    const __m256i zero_point = _mm256_set1_epi8(static_cast<char>(0x80));
    for (int t = 0; t < tokens; ++t) sum[t] = _mm256_setzero_ps();
    for (std::int64_t b = 0; b < blocks; ++b) {
      __m256i dot[tokens];
#pragma GCC unroll 2
      for (int half_x = 0; half_x < 2; ++half_x) {  // high, then low
        if (half_x == 1) {
#pragma GCC unroll 4
          for (int t = 0; t < tokens; ++t) dot[t] = _mm256_slli_epi32(dot[t], 8);
        }
#pragma GCC unroll 8
        for (int j = 0; j < 8; ++j) {
          // |w| times X with w's sign: two products are at most 2 * 128 * 127 = 32,512.
          const __m256i w = _mm256_xor_si256(load_vector(quants + 512 * b + 64 * j), zero_point);
          const __m256i magnitude = _mm256_abs_epi8(w);
#pragma GCC unroll 4
          for (int t = 0; t < tokens; ++t) {
            const std::int8_t* values = half_x == 0 ? x[t][b].high : x[t][b].low;
            const __m256i p = add_pairs(_mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(four_values(values, j), w)));
            dot[t] = half_x == 0 && j == 0 ? p : _mm256_add_epi32(dot[t], p);
          }
        }
      }
      const __m256 scale = load_scales(group + 32 * b + 16 * half);
#pragma GCC unroll 4
      for (int t = 0; t < tokens; ++t) {
        sum[t] = add_scaled(dot[t], _mm256_mul_ps(scale, _mm256_set1_ps(x[t][b].scale)), sum[t]);
      }
    }
  }
};

}  // namespace

void avx2_product_q8_0(const ProductArguments& a) { packed_product<Q8_0>(a); }

}  // namespace roundhouse::kernels
