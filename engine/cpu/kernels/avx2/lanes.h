// SPDX-License-Identifier: Apache-2.0
#pragma once

// Sixteen floats at a time, in pairs of 256-bit vectors: see avx512/lanes.h.

#include <immintrin.h>

#include <cstdint>

namespace roundhouse::kernels {
namespace {

struct Lanes { __m256 low, high; };
struct IntLanes { __m256i low, high; };
struct MaskLanes { __m256 low, high; };

inline Lanes all(float value) { return {_mm256_set1_ps(value), _mm256_set1_ps(value)}; }
inline Lanes load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
inline void store(float* p, Lanes a) {
  _mm256_storeu_ps(p, a.low);
  _mm256_storeu_ps(p + 8, a.high);
}
inline Lanes load_part(const float* p, std::int64_t n) {
  alignas(32) float copy[16] = {};
  for (std::int64_t i = 0; i < n; ++i) copy[i] = p[i];
  return load(copy);
}
inline void store_part(float* p, Lanes a, std::int64_t n) {
  alignas(32) float copy[16];
  store(copy, a);
  for (std::int64_t i = 0; i < n; ++i) p[i] = copy[i];
}

inline Lanes load_f16(const std::uint16_t* p) {
  return {_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))),
          _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 8)))};
}
inline Lanes load_f16_part(const std::uint16_t* p, std::int64_t n) {
  alignas(32) std::uint16_t copy[16] = {};
  for (std::int64_t i = 0; i < n; ++i) copy[i] = p[i];
  return load_f16(copy);
}
inline __m256 from_bf16(__m128i bits) { return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16)); }
inline Lanes load_bf16(const std::uint16_t* p) {
  return {from_bf16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))),
          from_bf16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 8)))};
}
inline Lanes load_bf16_part(const std::uint16_t* p, std::int64_t n) {
  alignas(32) std::uint16_t copy[16] = {};
  for (std::int64_t i = 0; i < n; ++i) copy[i] = p[i];
  return load_bf16(copy);
}
inline void store_f16_part(std::uint16_t* p, Lanes a, std::int64_t n) {
  alignas(32) std::uint16_t copy[16];
  _mm_store_si128(reinterpret_cast<__m128i*>(copy), _mm256_cvtps_ph(a.low, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  _mm_store_si128(reinterpret_cast<__m128i*>(copy + 8), _mm256_cvtps_ph(a.high, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  for (std::int64_t i = 0; i < n; ++i) p[i] = copy[i];
}

inline Lanes operator+(Lanes a, Lanes b) { return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)}; }
inline Lanes operator-(Lanes a, Lanes b) { return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)}; }
inline Lanes operator*(Lanes a, Lanes b) { return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)}; }
inline Lanes operator/(Lanes a, Lanes b) { return {_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)}; }
inline Lanes fma(Lanes a, Lanes b, Lanes c) {
  return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
inline Lanes minus_fma(Lanes a, Lanes b, Lanes c) {
  return {_mm256_fnmadd_ps(a.low, b.low, c.low), _mm256_fnmadd_ps(a.high, b.high, c.high)};
}
inline Lanes greatest(Lanes a, Lanes b) { return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)}; }
inline Lanes least(Lanes a, Lanes b) { return {_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)}; }
inline Lanes absolute(Lanes a) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  return {_mm256_andnot_ps(sign, a.low), _mm256_andnot_ps(sign, a.high)};
}
inline Lanes nearest(Lanes a) {
  return {_mm256_round_ps(a.low, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC),
          _mm256_round_ps(a.high, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
inline Lanes with_sign_of(Lanes a, Lanes sign) {
  const __m256 bit = _mm256_set1_ps(-0.0f);
  return {_mm256_or_ps(_mm256_andnot_ps(bit, a.low), _mm256_and_ps(bit, sign.low)),
          _mm256_or_ps(_mm256_andnot_ps(bit, a.high), _mm256_and_ps(bit, sign.high))};
}
inline MaskLanes less(Lanes a, Lanes b) {
  return {_mm256_cmp_ps(a.low, b.low, _CMP_LT_OQ), _mm256_cmp_ps(a.high, b.high, _CMP_LT_OQ)};
}
inline Lanes choose(MaskLanes m, Lanes yes, Lanes no) {
  return {_mm256_blendv_ps(no.low, yes.low, m.low), _mm256_blendv_ps(no.high, yes.high, m.high)};
}
inline MaskLanes between(std::int64_t begin, std::int64_t end) {
  const __m256i low = _mm256_set1_epi32(static_cast<int>(begin < -1 ? -1 : begin > 16 ? 16 : begin));
  const __m256i high = _mm256_set1_epi32(static_cast<int>(end < -1 ? -1 : end > 16 ? 16 : end));
  const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), next = _mm256_add_epi32(index, _mm256_set1_epi32(8));
  return {_mm256_castsi256_ps(_mm256_andnot_si256(_mm256_cmpgt_epi32(low, index), _mm256_cmpgt_epi32(high, index))),
          _mm256_castsi256_ps(_mm256_andnot_si256(_mm256_cmpgt_epi32(low, next), _mm256_cmpgt_epi32(high, next)))};
}

inline IntLanes to_int(Lanes a) { return {_mm256_cvtps_epi32(a.low), _mm256_cvtps_epi32(a.high)}; }
inline IntLanes operator+(IntLanes a, IntLanes b) {
  return {_mm256_add_epi32(a.low, b.low), _mm256_add_epi32(a.high, b.high)};
}
inline IntLanes operator-(IntLanes a, IntLanes b) {
  return {_mm256_sub_epi32(a.low, b.low), _mm256_sub_epi32(a.high, b.high)};
}
inline IntLanes all(std::int32_t value) { return {_mm256_set1_epi32(value), _mm256_set1_epi32(value)}; }
inline IntLanes greatest(IntLanes a, IntLanes b) {
  return {_mm256_max_epi32(a.low, b.low), _mm256_max_epi32(a.high, b.high)};
}
template <int bits>
inline IntLanes shift_left(IntLanes a) { return {_mm256_slli_epi32(a.low, bits), _mm256_slli_epi32(a.high, bits)}; }
template <int bits>
inline IntLanes shift_right(IntLanes a) { return {_mm256_srai_epi32(a.low, bits), _mm256_srai_epi32(a.high, bits)}; }
inline __m256 power_of_two(__m256 n) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23));
}
inline Lanes power_of_two(Lanes n) { return {power_of_two(n.low), power_of_two(n.high)}; }
inline void store_int8(std::int8_t* p, IntLanes a) {
  const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(a.low, a.high), 0xD8);
  const __m256i bytes = _mm256_permute4x64_epi64(_mm256_packs_epi16(words, words), 0xD8);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(bytes));
}

inline float first_lane(Lanes a) { return _mm256_cvtss_f32(a.low); }
inline __m256 halves_sum(Lanes a) { return _mm256_add_ps(a.low, a.high); }
inline __m256 halves_greatest(Lanes a) { return _mm256_max_ps(a.low, a.high); }
inline __m256i halves_sum(IntLanes a) { return _mm256_add_epi32(a.low, a.high); }

}  // namespace
}  // namespace roundhouse::kernels

#include "engine/cpu/kernels/lanes_reduce.inl.h"
