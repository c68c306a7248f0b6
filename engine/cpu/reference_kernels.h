// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>

// Sums of the reference arithmetic. A dot product runs in 16 lanes, element i in lane i % 16, each lane in order; lanes
// are then added as a tree. Written as vectors of four, which every processor of the architecture has, so that the
// order, and with it every bit, is the same everywhere; no fused multiply-add (the build forbids contraction).
namespace roundhouse::reference {

using Float4 = float __attribute__((vector_size(16)));

inline Float4 load4(const float* from) {
  Float4 v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

struct Lanes {
  Float4 part[4] = {};
  void add(const float* x, const float* y) {
    for (int p = 0; p < 4; ++p) part[p] += load4(x + 4 * p) * load4(y + 4 * p);
  }
  // The last n < 16 elements.
  float finish(const float* x, const float* y, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) part[i / 4][i % 4] += x[i] * y[i];
    const Float4 sum = (part[0] + part[1]) + (part[2] + part[3]);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
  }
};

inline float dot(const float* x, const float* y, std::int64_t n) {
  Lanes lanes;
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) lanes.add(x + i, y + i);
  return lanes.finish(x + i, y + i, n - i);
}

// Two dot products with one y: the same bits as two calls of dot, y is loaded once.
inline void dot2(const float* x0, const float* x1, const float* y, std::int64_t n, float* out) {
  Lanes a, b;
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    for (int p = 0; p < 4; ++p) {
      const Float4 v = load4(y + i + 4 * p);
      a.part[p] += load4(x0 + i + 4 * p) * v;
      b.part[p] += load4(x1 + i + 4 * p) * v;
    }
  }
  out[0] = a.finish(x0 + i, y + i, n - i);
  out[1] = b.finish(x1 + i, y + i, n - i);
}

// y += a x.
inline void add_scaled(float* __restrict y, float a, const float* __restrict x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] += a * x[i];
}

inline double dot_double(const float* x, const float* y, std::int64_t n) {
  double sum = 0.0;
  for (std::int64_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]) * y[i];
  return sum;
}

}  // namespace roundhouse::reference
