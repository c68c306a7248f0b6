// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

// Elementary functions that give the same bits on every processor. The C library chooses its implementation by the
// processor (with or without fused multiply-add), and the last bit differs between them; these use only addition,
// multiplication, division and square root in double, in a fixed order. Errors are a few units of double's last place
// unless said otherwise: a result rounded to float is nearly always the nearest one.
namespace roundhouse::portable {

// e^x; 0 below -708, infinity above 709.78. NaN stays NaN.
inline double exp(double x) {
  if (!(x > -708.0)) return x != x ? x : 0.0;
  if (x > 709.78) return std::numeric_limits<double>::infinity();
  constexpr double inverse_ln2 = 0x1.71547652b82fep0;
  constexpr double ln2_high = 0x1.62e42fefap-1, ln2_low = 0x1.cf79abc9e3b3ap-40;  // the first with 36 bits: k * it is exact
  constexpr double round_shift = 0x1.8p52;
  const double k = (x * inverse_ln2 + round_shift) - round_shift;
  const double r = (x - k * ln2_high) - k * ln2_low;  // |r| <= ln(2) / 2
  // The series up to r^12 / 12!, in pairs to shorten the chain.
  const double r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
  const double p01 = 1.0 + r, p23 = 1.0 / 2 + r * (1.0 / 6), p45 = 1.0 / 24 + r * (1.0 / 120);
  const double p67 = 1.0 / 720 + r * (1.0 / 5040), p89 = 1.0 / 40320 + r * (1.0 / 362880);
  const double pab = 1.0 / 3628800 + r * (1.0 / 39916800), pc = 1.0 / 479001600;
  const double high = (p89 + r2 * pab) + r4 * pc;
  const double low = (p01 + r2 * p23) + r4 * (p45 + r2 * p67);
  const double p = low + r8 * high;
  // Two factors, since k may be 1024.
  const auto n = static_cast<std::int64_t>(k);
  const std::int64_t half = n / 2;
  const double a = std::bit_cast<double>(static_cast<std::uint64_t>(half + 1023) << 52);
  const double b = std::bit_cast<double>(static_cast<std::uint64_t>(n - half + 1023) << 52);
  return p * a * b;
}

namespace detail {
// 2 atanh(s) for |s| <= 0.1716.
inline double twice_atanh(double s) {
  const double z = s * s;
  double sum = 1.0 / 23;
  for (int n = 21; n >= 3; n -= 2) sum = sum * z + 1.0 / n;
  return 2.0 * s + 2.0 * s * (z * sum);
}
}  // namespace detail

// Natural logarithm of a normal positive number; -infinity for 0, NaN below.
inline double log(double x) {
  if (!(x > 0.0)) return x == 0.0 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  if (x == std::numeric_limits<double>::infinity()) return x;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  auto exponent = static_cast<std::int64_t>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0xFFFFFFFFFFFFFu) | 0x3FF0000000000000u);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++exponent;
  }
  const auto k = static_cast<double>(exponent);
  return k * 0x1.62e42fefap-1 + (detail::twice_atanh((m - 1.0) / (m + 1.0)) + k * 0x1.cf79abc9e3b3ap-40);
}

// log(1 + x) for x >= 0.
inline double log1p(double x) { return x < 0.4 ? detail::twice_atanh(x / (2.0 + x)) : log(1.0 + x); }

// Sine and cosine; the error grows with |x|, 1e-10 at a million radians.
inline void sincos(double x, double& sine, double& cosine) {
  constexpr double two_over_pi = 0x1.45f306dc9c883p-1, round_shift = 0x1.8p52;
  constexpr double part1 = 0x1.921fb544p+0, part2 = 0x1.0b4611a6p-34, part3 = 0x1.3198a2e037073p-69;  // of pi / 2
  const double n = (x * two_over_pi + round_shift) - round_shift;
  const double r = ((x - n * part1) - n * part2) - n * part3;  // |r| <= pi / 4
  const double z = r * r;
  double s = 1.0, c = 1.0;
  for (int i = 16; i >= 2; i -= 2) {
    s = 1.0 - s * (z / (i * (i + 1)));
    c = 1.0 - c * (z / (i * (i - 1)));
  }
  s *= r;
  switch (static_cast<std::int64_t>(n) & 3) {
    case 0: sine = s; cosine = c; break;
    case 1: sine = c; cosine = -s; break;
    case 2: sine = -s; cosine = -c; break;
    default: sine = -c; cosine = s; break;
  }
}

inline double tanh(double x) {
  if (x > -1e-3 && x < 1e-3) return x - x * x * x * (1.0 / 3 - x * x * (2.0 / 15));
  const double t = 1.0 - 2.0 / (exp(2.0 * (x < 0.0 ? -x : x)) + 1.0);
  return x < 0.0 ? -t : t;
}

inline double erf(double x) {
  const double a = x < 0.0 ? -x : x;
  if (!(a < 6.0)) return a != a ? x : (x < 0.0 ? -1.0 : 1.0);
  // 2 / sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (1 3 5 ... (2n+1)): all terms positive.
  double term = a, sum = a;
  for (int n = 1; term > sum * 1e-17; ++n) {
    term *= 2.0 * a * a / (2 * n + 1);
    sum += term;
  }
  const double value = 1.1283791670955126 * exp(-a * a) * sum;
  return x < 0.0 ? -value : value;
}

inline double sigmoid(double x) { return 1.0 / (1.0 + exp(-x)); }

// log(1 + e^x).
inline double softplus(double x) { return (x > 0.0 ? x : 0.0) + log1p(exp(x > 0.0 ? -x : x)); }

}  // namespace roundhouse::portable
