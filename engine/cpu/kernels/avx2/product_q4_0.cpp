// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/kernels/avx2/kernels.h"
#include "engine/cpu/kernels/avx2/product.h"

namespace roundhouse::kernels {
namespace {

struct Q4_0 {
  template <int tokens>
  static inline void tile(const std::uint8_t* group, int half, std::int64_t columns,
                          const ActivationBlock* const (&x)[tokens], __m256 (&sum)[tokens]) {
    const std::int64_t blocks = columns / block_values;
    const std::uint8_t* quants = group + quants_offset(group_layout(WeightKind::q4_0), columns) + 32 * half;
    for (int t = 0; t < tokens; ++t) sum[t] = _mm256_setzero_ps();
    for (std::int64_t b = 0; b < blocks; ++b) {
      __m256i high[tokens], low[tokens];
      nibble_block<tokens>(quants + 256 * b, x, b, high, low);
      const __m256 scale = load_scales(group + 32 * b + 16 * half);
#pragma GCC unroll 4
      for (int t = 0; t < tokens; ++t) {
        const ActivationBlock& block = x[t][b];
        sum[t] = add_scaled(join_halves(high[t], low[t], block.zero8), _mm256_mul_ps(scale, _mm256_set1_ps(block.scale)), sum[t]);
      }
    }
  }
};

}  // namespace

void avx2_product_q4_0(const ProductArguments& a) { packed_product<Q4_0>(a); }

}  // namespace roundhouse::kernels
