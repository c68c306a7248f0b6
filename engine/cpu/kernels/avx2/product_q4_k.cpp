// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/kernels/avx2/kernels.h"
#include "engine/cpu/kernels/avx2/product.h"

namespace roundhouse::kernels {
namespace {

inline __m256 widen(const std::uint8_t* at) {
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at))));
}

struct Q4K {
  template <int tokens>
  static inline void tile(const std::uint8_t* group, int half, std::int64_t columns,
                          const ActivationBlock* const (&x)[tokens], __m256 (&sum)[tokens]) {
    const std::int64_t blocks = columns / block_values;
    const std::uint8_t* quants = group + quants_offset(group_layout(WeightKind::q4_k), columns) + 32 * half;
    for (int t = 0; t < tokens; ++t) sum[t] = _mm256_setzero_ps();
    for (std::int64_t b = 0; b < blocks; ++b) {
      __m256i high[tokens], low[tokens];
      nibble_block<tokens>(quants + 256 * b, x, b, high, low);
      const std::uint8_t* record = group + 320 * (b / 8) + 16 * half;
      const std::uint8_t* part = group + 320 * (b / 8) + 8 * half + 16 * (b % 8);
      const __m256 scale = _mm256_mul_ps(load_scales(record), widen(part + 64));
      const __m256 minimum = _mm256_mul_ps(load_scales(record + 32), widen(part + 192));
#pragma GCC unroll 4
      for (int t = 0; t < tokens; ++t) {
        const ActivationBlock& block = x[t][b];
        sum[t] = add_scaled(join_halves(high[t], low[t], 0), _mm256_mul_ps(scale, _mm256_set1_ps(block.scale)), sum[t]);
        sum[t] = _mm256_fmadd_ps(minimum, _mm256_set1_ps(block.minus_scaled_sum), sum[t]);
      }
    }
  }
};

}  // namespace

void avx2_product_q4_k(const ProductArguments& a) { packed_product<Q4K>(a); }

}  // namespace roundhouse::kernels
