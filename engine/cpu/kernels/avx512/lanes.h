// SPDX-License-Identifier: Apache-2.0
#pragma once

// Sixteen floats at a time: the vocabulary in which the kernels of *.inl.h are written, for AVX-512. avx2/lanes.h has the
// same functions with the same results, bit for bit.

#include <immintrin.h>

#include <cstdint>

namespace roundhouse::kernels {
namespace {

struct Lanes { __m512 v; };
struct IntLanes { __m512i v; };
struct MaskLanes { __mmask16 v; };

inline Lanes all(float value) { return {_mm512_set1_ps(value)}; }
inline Lanes load(const float* p) { return {_mm512_loadu_ps(p)}; }
inline void store(float* p, Lanes a) { _mm512_storeu_ps(p, a.v); }
// The first n (0..16) values; the other lanes read as 0 and are not written.
inline __mmask16 first_lanes(std::int64_t n) { return static_cast<__mmask16>((1u << n) - 1); }
inline Lanes load_part(const float* p, std::int64_t n) { return {_mm512_maskz_loadu_ps(first_lanes(n), p)}; }
inline void store_part(float* p, Lanes a, std::int64_t n) { _mm512_mask_storeu_ps(p, first_lanes(n), a.v); }

inline Lanes load_f16(const std::uint16_t* p) {
  return {_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
}
inline Lanes load_f16_part(const std::uint16_t* p, std::int64_t n) {
  return {_mm512_cvtph_ps(_mm256_maskz_loadu_epi16(first_lanes(n), p))};
}
inline Lanes from_bf16(__m256i bits) { return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16))}; }
inline Lanes load_bf16(const std::uint16_t* p) { return from_bf16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))); }
inline Lanes load_bf16_part(const std::uint16_t* p, std::int64_t n) {
  return from_bf16(_mm256_maskz_loadu_epi16(first_lanes(n), p));
}
inline void store_f16_part(std::uint16_t* p, Lanes a, std::int64_t n) {
  _mm256_mask_storeu_epi16(p, first_lanes(n), _mm512_cvtps_ph(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

inline Lanes operator+(Lanes a, Lanes b) { return {_mm512_add_ps(a.v, b.v)}; }
inline Lanes operator-(Lanes a, Lanes b) { return {_mm512_sub_ps(a.v, b.v)}; }
inline Lanes operator*(Lanes a, Lanes b) { return {_mm512_mul_ps(a.v, b.v)}; }
inline Lanes operator/(Lanes a, Lanes b) { return {_mm512_div_ps(a.v, b.v)}; }
inline Lanes fma(Lanes a, Lanes b, Lanes c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }           // a b + c
inline Lanes minus_fma(Lanes a, Lanes b, Lanes c) { return {_mm512_fnmadd_ps(a.v, b.v, c.v)}; }    // c - a b
inline Lanes greatest(Lanes a, Lanes b) { return {_mm512_max_ps(a.v, b.v)}; }  // b where either is NaN
inline Lanes least(Lanes a, Lanes b) { return {_mm512_min_ps(a.v, b.v)}; }     // b where either is NaN
inline Lanes absolute(Lanes a) { return {_mm512_abs_ps(a.v)}; }
inline Lanes nearest(Lanes a) { return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
inline Lanes with_sign_of(Lanes a, Lanes sign) {
  const __m512i bit = _mm512_set1_epi32(static_cast<int>(0x80000000u));
  return {_mm512_castsi512_ps(_mm512_ternarylogic_epi32(bit, _mm512_castps_si512(sign.v), _mm512_castps_si512(a.v), 0xCA))};
}
inline MaskLanes less(Lanes a, Lanes b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
inline Lanes choose(MaskLanes m, Lanes yes, Lanes no) { return {_mm512_mask_blend_ps(m.v, no.v, yes.v)}; }
// Lanes whose index i holds begin <= i < end.
inline MaskLanes between(std::int64_t begin, std::int64_t end) {
  const std::int64_t low = begin < 0 ? 0 : begin > 16 ? 16 : begin, high = end < 0 ? 0 : end > 16 ? 16 : end;
  return {static_cast<__mmask16>(((1u << high) - 1) & ~((1u << low) - 1))};
}

inline IntLanes to_int(Lanes a) { return {_mm512_cvtps_epi32(a.v)}; }  // to nearest even
inline IntLanes operator+(IntLanes a, IntLanes b) { return {_mm512_add_epi32(a.v, b.v)}; }
inline IntLanes operator-(IntLanes a, IntLanes b) { return {_mm512_sub_epi32(a.v, b.v)}; }
inline IntLanes all(std::int32_t value) { return {_mm512_set1_epi32(value)}; }
inline IntLanes greatest(IntLanes a, IntLanes b) { return {_mm512_max_epi32(a.v, b.v)}; }
template <int bits>
inline IntLanes shift_left(IntLanes a) { return {_mm512_slli_epi32(a.v, bits)}; }
template <int bits>
inline IntLanes shift_right(IntLanes a) { return {_mm512_srai_epi32(a.v, bits)}; }  // rounds down
// 2^n for integral -126 <= n <= 127.
inline Lanes power_of_two(Lanes n) {
  return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(n.v), _mm512_set1_epi32(127)), 23))};
}
inline void store_int8(std::int8_t* p, IntLanes a) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(a.v));
}

inline float first_lane(Lanes a) { return _mm512_cvtss_f32(a.v); }
inline __m256 halves_sum(Lanes a) { return _mm256_add_ps(_mm512_castps512_ps256(a.v), _mm512_extractf32x8_ps(a.v, 1)); }
inline __m256 halves_greatest(Lanes a) { return _mm256_max_ps(_mm512_castps512_ps256(a.v), _mm512_extractf32x8_ps(a.v, 1)); }
inline __m256i halves_sum(IntLanes a) {
  return _mm256_add_epi32(_mm512_castsi512_si256(a.v), _mm512_extracti64x4_epi64(a.v, 1));
}

}  // namespace
}  // namespace roundhouse::kernels

#include "engine/cpu/kernels/lanes_reduce.inl.h"
