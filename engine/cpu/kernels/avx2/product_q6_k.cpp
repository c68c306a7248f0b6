// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/kernels/avx2/kernels.h"
#include "engine/cpu/kernels/avx2/product.h"

namespace roundhouse::kernels {
namespace {

inline __m256 widen_signed(const std::uint8_t* at) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at))));
}

// Columns 4i..4i+3 of a 16-column half: nibbles and the i-th bit pair of `high`.
inline __m256i join(__m256i nibbles, __m256i high, int i) {
  const __m256i pair = _mm256_set1_epi8(0x30);
  const __m256i moved = i == 0   ? _mm256_slli_epi16(high, 4)
                        : i == 1 ? _mm256_slli_epi16(high, 2)
                        : i == 2 ? high
                                 : _mm256_srli_epi16(high, 2);
  return _mm256_or_si256(nibbles, _mm256_and_si256(moved, pair));
}

struct Q6K {
  template <int tokens>
  static inline void tile(const std::uint8_t* group, int half, std::int64_t columns,
                          const ActivationBlock* const (&x)[tokens], __m256 (&sum)[tokens]) {
    const std::int64_t blocks = columns / block_values;
    const std::uint8_t* quants = group + quants_offset(group_layout(WeightKind::q6_k), columns) + 32 * half;
    const __m256i low = _mm256_set1_epi8(0x0F);
    for (int t = 0; t < tokens; ++t) sum[t] = _mm256_setzero_ps();
    for (std::int64_t b = 0; b < blocks; ++b) {
      const std::uint8_t* record = group + 320 * (b / 8);
      const std::uint8_t* block_quants = quants + 384 * b;
      const __m256 d = load_scales(record + 16 * half);
#pragma GCC unroll 2
      for (int h = 0; h < 2; ++h) {  // half of the columns: low nibbles, then high nibbles
        const __m256 scale = _mm256_mul_ps(d, widen_signed(record + 32 + 32 * (b % 8) + 16 * h + 8 * half));
        const __m256i high = load_vector(block_quants + 256 + 64 * h);
        // Two products of two: at most 2 * 2 * 63 * 127 = 32,004.
        __m256i words[2][2][tokens];  // [half of X][pair of vectors][token]
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
          const __m256i both = load_vector(block_quants + 64 * i);
          const __m256i nibbles = _mm256_and_si256(h == 0 ? both : _mm256_srli_epi16(both, 4), low);
          const __m256i w = join(nibbles, high, i);
#pragma GCC unroll 4
          for (int t = 0; t < tokens; ++t) {
            const __m256i p = _mm256_maddubs_epi16(w, four_values(x[t][b].high, 4 * h + i));
            const __m256i r = _mm256_maddubs_epi16(w, four_values(x[t][b].low, 4 * h + i));
            words[0][i / 2][t] = i % 2 == 0 ? p : _mm256_add_epi16(words[0][i / 2][t], p);
            words[1][i / 2][t] = i % 2 == 0 ? r : _mm256_add_epi16(words[1][i / 2][t], r);
          }
        }
#pragma GCC unroll 4
        for (int t = 0; t < tokens; ++t) {
          const ActivationBlock& block = x[t][b];
          const __m256i dot = join_halves(_mm256_add_epi32(add_pairs(words[0][0][t]), add_pairs(words[0][1][t])),
                                          _mm256_add_epi32(add_pairs(words[1][0][t]), add_pairs(words[1][1][t])),
                                          block.zero32[h]);
          sum[t] = add_scaled(dot, _mm256_mul_ps(scale, _mm256_set1_ps(block.scale)), sum[t]);
        }
      }
    }
  }
};

}  // namespace

void avx2_product_q6_k(const ProductArguments& a) { packed_product<Q6K>(a); }

}  // namespace roundhouse::kernels
