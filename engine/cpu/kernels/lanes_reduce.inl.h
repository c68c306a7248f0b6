// SPDX-License-Identifier: Apache-2.0
#pragma once

// Included at the end of each lanes.h: sums and maxima over the lanes, in one order for all instruction sets.

namespace roundhouse::kernels {
namespace {

inline float sum(Lanes a) {
  const __m256 eight = halves_sum(a);
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

inline float greatest_lane(Lanes a) {
  const __m256 eight = halves_greatest(a);
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}

inline std::int32_t sum(IntLanes a) {
  const __m256i eight = halves_sum(a);
  __m128i four = _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
  return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1)));
}

}  // namespace
}  // namespace roundhouse::kernels
