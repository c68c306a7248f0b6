// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

namespace roundhouse {

// Conversions between float and the two 16-bit formats, by their bits (IEEE 754 binary16; the upper
// half of binary32). Exact upwards; downwards round to nearest, ties to even. NaN stays NaN (quiet,
// upper payload bits kept), infinities and signed zeros stay, binary16 subnormals are honoured.

constexpr float half_to_float(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1Fu;
  std::uint32_t mantissa = bits & 0x3FFu;
  if (exponent == 0x1F) {
    const std::uint32_t quiet = mantissa != 0 ? 0x400000u : 0u;
    return std::bit_cast<float>(sign | 0x7F800000u | quiet | (mantissa << 13));
  }
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112u) << 23) | (mantissa << 13));
  if (mantissa == 0) return std::bit_cast<float>(sign);
  const int shift = std::countl_zero(mantissa) - 21;  // brings the leading one to bit 10
  mantissa = (mantissa << shift) & 0x3FFu;
  return std::bit_cast<float>(sign | (static_cast<std::uint32_t>(113 - shift) << 23) | (mantissa << 13));
}

constexpr std::uint16_t float_to_half(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  const std::uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) {
    return static_cast<std::uint16_t>(sign | 0x7E00u | ((magnitude >> 13) & 0x3FFu));
  }
  if (magnitude >= 0x477FF000u) return static_cast<std::uint16_t>(sign | 0x7C00u);  // from 65520 on
  if (magnitude < 0x33000000u) return static_cast<std::uint16_t>(sign);             // below 2^-25
  const int exponent = static_cast<int>(magnitude >> 23) - 127;
  std::uint32_t kept;     // the result before rounding
  std::uint32_t dropped;  // what was cut off, and half of its unit
  std::uint32_t half_unit;
  if (exponent >= -14) {
    kept = (static_cast<std::uint32_t>(exponent + 15) << 10) | ((magnitude >> 13) & 0x3FFu);
    dropped = magnitude & 0x1FFFu;
    half_unit = 0x1000u;
  } else {
    const std::uint32_t full = (magnitude & 0x7FFFFFu) | 0x800000u;
    const int shift = -1 - exponent;  // 14..24
    kept = full >> shift;
    dropped = full & ((1u << shift) - 1u);
    half_unit = 1u << (shift - 1);
  }
  if (dropped > half_unit || (dropped == half_unit && (kept & 1u))) ++kept;  // may carry into the exponent
  return static_cast<std::uint16_t>(sign | kept);
}

constexpr float bfloat16_to_float(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

constexpr std::uint16_t float_to_bfloat16(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
  return static_cast<std::uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

}  // namespace roundhouse
