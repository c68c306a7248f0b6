// SPDX-License-Identifier: Apache-2.0
#pragma once

// Functions of Lanes. Include after a lanes.h.

#include "engine/cpu/kernels/kernel_table.h"

namespace roundhouse::kernels {
namespace {

// e^x within 2e-7 relatively; 0 below -87.3 (where the result would be subnormal), at most e^88. NaN stays.
// 2^n * 2^f with f in [-0.5, 0.5]; 2^f by a polynomial fitted for the least greatest relative error (2e-9 before rounding).
inline Lanes exponential(Lanes x) {
  const MaskLanes vanishes = less(x, all(-87.3f));
  x = least(all(88.0f), greatest(all(-87.3f), x));
  const Lanes n = nearest(x * all(0x1.715476p+0f));
  Lanes f = fma(x, all(0x1.715476p+0f), all(0.0f) - n);
  f = fma(x, all(0x1.4ae0c0p-26f), f);  // log2(e) minus its float
  Lanes y = all(0x1.41fbbcp-13f);
  y = fma(y, f, all(0x1.5f3e54p-10f));
  y = fma(y, f, all(0x1.3b2d4cp-7f));
  y = fma(y, f, all(0x1.c6aee8p-5f));
  y = fma(y, f, all(0x1.ebfbdcp-3f));
  y = fma(y, f, all(0x1.62e430p-1f));
  y = fma(y, f, all(1.0f));
  return choose(vanishes, all(0.0f), y * power_of_two(n));
}

inline Lanes sigmoid(Lanes x) { return all(1.0f) / (all(1.0f) + exponential(all(0.0f) - x)); }

// Absolute error below 2e-7.
inline Lanes hyperbolic_tangent(Lanes x) {
  const Lanes y = exponential(all(-2.0f) * absolute(x));
  return with_sign_of((all(1.0f) - y) / (all(1.0f) + y), x);
}

// Absolute error below 3e-7: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26.
inline Lanes error_function(Lanes x) {
  const Lanes a = absolute(x);
  const Lanes t = all(1.0f) / fma(all(0.3275911f), a, all(1.0f));
  Lanes y = all(1.061405429f);
  y = fma(y, t, all(-1.453152027f));
  y = fma(y, t, all(1.421413741f));
  y = fma(y, t, all(-0.284496736f));
  y = fma(y, t, all(0.254829592f));
  return with_sign_of(minus_fma(y * t, exponential(all(0.0f) - a * a), all(1.0f)), x);
}

// activation(gate) * up
template <Unit unit>
inline Lanes gated(Lanes gate, Lanes up, float alpha, float limit) {
  if constexpr (unit == Unit::silu) return gate * sigmoid(gate) * up;
  if constexpr (unit == Unit::gelu) {
    return all(0.5f) * gate * (all(1.0f) + error_function(gate * all(0.70710678f))) * up;
  }
  if constexpr (unit == Unit::gelu_tanh) {
    const Lanes inner = all(0.79788456f) * gate * fma(all(0.044715f), gate * gate, all(1.0f));
    return all(0.5f) * gate * (all(1.0f) + hyperbolic_tangent(inner)) * up;
  }
  if constexpr (unit == Unit::relu) return greatest(all(0.0f), gate) * up;
  if constexpr (unit == Unit::relu_squared) {
    const Lanes positive = greatest(all(0.0f), gate);
    return positive * positive * up;
  }
  if constexpr (unit == Unit::swiglu_clamped) {
    const Lanes g = least(all(limit), gate);
    const Lanes u = greatest(all(-limit), least(all(limit), up));
    return g * sigmoid(all(alpha) * g) * (u + all(1.0f));
  }
}

}  // namespace
}  // namespace roundhouse::kernels
