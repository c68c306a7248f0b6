// SPDX-License-Identifier: Apache-2.0
#pragma once

// Kernels on rows of floats. Include after a lanes.h.

#include "engine/cpu/kernels/math.inl.h"

namespace roundhouse::kernels {
namespace {

// 16 integers up to 32,512 -> their halves; what is left of them after the halves' rounding.
inline IntLanes store_halves(IntLanes x, std::int8_t* high, std::int8_t* low) {
  const IntLanes h = shift_right<8>(x + all(128));
  const IntLanes l = greatest(x - shift_left<8>(h), all(-127));
  store_int8(high, h);
  store_int8(low, l);
  return shift_left<8>(h) + l;
}

inline void quantise_row(const float* x, std::int64_t n, ActivationBlock* out) {
  constexpr float steps = 32512.0f;  // 127 * 256
  for (std::int64_t b = 0; b < n / block_values; ++b, x += block_values) {
    ActivationBlock& block = out[b];
    const Lanes first = load(x), second = load(x + 16);
    const float largest = greatest_lane(greatest(absolute(first), absolute(second)));
    // greatest() may lose a NaN; x - x is NaN for NaN and infinities, else 0.
    const float poison = sum((first - first) + (second - second));
    const bool finite = poison == 0.0f;
    // steps / largest overflows for subnormal largest: such a block is as good as zero.
    const float inverse = finite && largest >= 1e-33f ? steps / largest : 0.0f;
    const float scale = !finite ? poison : inverse > 0.0f ? largest / steps : 0.0f;
    const Lanes factor = all(inverse);
    const IntLanes x0 = store_halves(to_int(finite ? first * factor : all(0.0f)), block.high, block.low);
    const IntLanes x1 = store_halves(to_int(finite ? second * factor : all(0.0f)), block.high + 16, block.low + 16);
    const std::int32_t sum0 = sum(x0), sum1 = sum(x1);
    block.scale = scale;
    block.minus_scaled_sum = -scale * static_cast<float>(sum0 + sum1);
    block.zero8 = -8 * (sum0 + sum1);
    block.zero128 = -128 * (sum0 + sum1);
    block.zero32[0] = -32 * sum0;
    block.zero32[1] = -32 * sum1;
    block.unused[0] = block.unused[1] = 0;
  }
}

// function(begin, valid): for each 16 elements of n; valid < 16 in the last one only.
template <class Full, class Part>
inline void for_lanes(std::int64_t n, Full full, Part part) {
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) full(i);
  if (i < n) part(i, n - i);
}

inline void rms_norm_row(const float* x, const float* weight, float epsilon, std::int64_t n, float* y) {
  Lanes squares = all(0.0f);
  for_lanes(n, [&](std::int64_t i) { const Lanes v = load(x + i); squares = fma(v, v, squares); },
            [&](std::int64_t i, std::int64_t valid) { const Lanes v = load_part(x + i, valid); squares = fma(v, v, squares); });
  const float mean = sum(squares) / static_cast<float>(n);
  const float root = _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(mean + epsilon)));
  const Lanes factor = all(1.0f / root);
  if (weight) {
    for_lanes(n, [&](std::int64_t i) { store(y + i, load(x + i) * factor * load(weight + i)); },
              [&](std::int64_t i, std::int64_t valid) {
                store_part(y + i, load_part(x + i, valid) * factor * load_part(weight + i, valid), valid);
              });
  } else {
    for_lanes(n, [&](std::int64_t i) { store(y + i, load(x + i) * factor); },
              [&](std::int64_t i, std::int64_t valid) { store_part(y + i, load_part(x + i, valid) * factor, valid); });
  }
}

inline float dot_row(const float* x, const float* y, std::int64_t n) {
  Lanes total = all(0.0f);
  for_lanes(n, [&](std::int64_t i) { total = fma(load(x + i), load(y + i), total); },
            [&](std::int64_t i, std::int64_t valid) { total = fma(load_part(x + i, valid), load_part(y + i, valid), total); });
  return sum(total);
}

// y = w x r, r = (mean x^2 + epsilon)^(-1/2): dx = r w dy - x r^3 / n sum(w dy x).
inline void rms_norm_backward_row(const float* dy, const float* x, const float* weight, float epsilon, std::int64_t n, float* dx) {
  Lanes squares = all(0.0f), products = all(0.0f);
  const auto weighed = [&](std::int64_t i, std::int64_t valid) {
    const Lanes g = load_part(dy + i, valid);
    return weight ? g * load_part(weight + i, valid) : g;
  };
  const auto add = [&](std::int64_t i, std::int64_t valid) {
    const Lanes v = load_part(x + i, valid);
    squares = fma(v, v, squares);
    products = fma(weighed(i, valid), v, products);
  };
  for_lanes(n, [&](std::int64_t i) { add(i, 16); }, add);
  const float mean = sum(squares) / static_cast<float>(n);
  const float r = 1.0f / _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(mean + epsilon)));
  const Lanes factor = all(r), inner = all(sum(products) * r * r * r / static_cast<float>(n));
  const auto write = [&](std::int64_t i, std::int64_t valid) {
    store_part(dx + i, minus_fma(inner, load_part(x + i, valid), factor * weighed(i, valid)), valid);
  };
  for_lanes(n, [&](std::int64_t i) { write(i, 16); }, write);
}

inline void softmax_backward_row(const float* p, float scale, std::int64_t n, float* slope) {
  const Lanes mean = all(dot_row(p, slope, n)), factor = all(scale);
  const auto write = [&](std::int64_t i, std::int64_t valid) {
    store_part(slope + i, factor * load_part(p + i, valid) * (load_part(slope + i, valid) - mean), valid);
  };
  for_lanes(n, [&](std::int64_t i) { write(i, 16); }, write);
}

inline void silu_backward_row(const float* dy, const float* gate, const float* up, std::int64_t n, float* dgate, float* dup) {
  const auto write = [&](std::int64_t i, std::int64_t valid) {
    const Lanes d = load_part(dy + i, valid), g = load_part(gate + i, valid), s = sigmoid(g);
    const Lanes slope = s * fma(g, all(1.0f) - s, all(1.0f));
    store_part(dgate + i, d * slope * load_part(up + i, valid), valid);
    store_part(dup + i, d * g * s, valid);
  };
  for_lanes(n, [&](std::int64_t i) { write(i, 16); }, write);
}

inline void add_row(float* x, const float* y, std::int64_t n) {
  for_lanes(n, [&](std::int64_t i) { store(x + i, load(x + i) + load(y + i)); },
            [&](std::int64_t i, std::int64_t valid) {
              store_part(x + i, load_part(x + i, valid) + load_part(y + i, valid), valid);
            });
}

inline void scale_row(const float* x, float s, std::int64_t n, float* y) {
  for_lanes(n, [&](std::int64_t i) { store(y + i, load(x + i) * all(s)); },
            [&](std::int64_t i, std::int64_t valid) { store_part(y + i, load_part(x + i, valid) * all(s), valid); });
}

template <Unit unit>
inline void gated_row(float alpha, float limit, const float* gate, const float* up, std::int64_t n, float* y) {
  if (!up) {
    for_lanes(n, [&](std::int64_t i) { store(y + i, gated<unit>(load(gate + i), all(1.0f), alpha, limit)); },
              [&](std::int64_t i, std::int64_t valid) {
                store_part(y + i, gated<unit>(load_part(gate + i, valid), all(1.0f), alpha, limit), valid);
              });
    return;
  }
  for_lanes(n, [&](std::int64_t i) { store(y + i, gated<unit>(load(gate + i), load(up + i), alpha, limit)); },
            [&](std::int64_t i, std::int64_t valid) {
              store_part(y + i, gated<unit>(load_part(gate + i, valid), load_part(up + i, valid), alpha, limit), valid);
            });
}

inline void glu_row(Unit unit, float alpha, float limit, const float* gate, const float* up, std::int64_t n, float* y) {
  switch (unit) {
    case Unit::silu: return gated_row<Unit::silu>(alpha, limit, gate, up, n, y);
    case Unit::gelu: return gated_row<Unit::gelu>(alpha, limit, gate, up, n, y);
    case Unit::gelu_tanh: return gated_row<Unit::gelu_tanh>(alpha, limit, gate, up, n, y);
    case Unit::relu: return gated_row<Unit::relu>(alpha, limit, gate, up, n, y);
    case Unit::relu_squared: return gated_row<Unit::relu_squared>(alpha, limit, gate, up, n, y);
    case Unit::swiglu_clamped: return gated_row<Unit::swiglu_clamped>(alpha, limit, gate, up, n, y);
  }
}

inline void rotate_heads(const float* x, std::int64_t heads, std::int64_t dim, bool halves, const float* cosine,
                         const float* sine, std::int64_t pairs, float* y) {
  for (std::int64_t head = 0; head < heads; ++head, x += dim, y += dim) {
    if (halves) {
      const auto turn = [&](std::int64_t i, std::int64_t valid) {
        const Lanes a = load_part(x + i, valid), b = load_part(x + pairs + i, valid);
        const Lanes c = load_part(cosine + i, valid), s = load_part(sine + i, valid);
        store_part(y + i, a * c - b * s, valid);
        store_part(y + pairs + i, b * c + a * s, valid);
      };
      for_lanes(pairs, [&](std::int64_t i) {
        const Lanes a = load(x + i), b = load(x + pairs + i), c = load(cosine + i), s = load(sine + i);
        store(y + i, a * c - b * s);
        store(y + pairs + i, b * c + a * s);
      }, turn);
    } else {
      for (std::int64_t i = 0; i < pairs; ++i) {
        const float a = x[2 * i], b = x[2 * i + 1];
        y[2 * i] = a * cosine[i] - b * sine[i];
        y[2 * i + 1] = b * cosine[i] + a * sine[i];
      }
    }
    if (y != x) {
      for (std::int64_t i = 2 * pairs; i < dim; ++i) y[i] = x[i];
    }
  }
}

inline float exponentials_row(const float* x, float scale, float shift, std::int64_t n, float* y) {
  Lanes total = all(0.0f);
  float rest = 0.0f;
  for_lanes(n, [&](std::int64_t i) {
    const Lanes e = exponential(load(x + i) * all(scale) - all(shift));
    total = total + e;
    if (y) store(y + i, e);
  }, [&](std::int64_t i, std::int64_t valid) {
    alignas(64) float e[16];
    store(e, exponential(load_part(x + i, valid) * all(scale) - all(shift)));
    for (std::int64_t j = 0; j < valid; ++j) rest += e[j];
    if (y) {
      for (std::int64_t j = 0; j < valid; ++j) y[i + j] = e[j];
    }
  });
  return sum(total) + rest;
}

// Saturates to the largest finite f16, so that a cache never holds infinities or NaN.
inline void to_f16_row(const float* x, std::int64_t n, std::uint16_t* y) {
  const Lanes limit = all(65504.0f), low = all(-65504.0f);
  for_lanes(n, [&](std::int64_t i) { store_f16_part(y + i, least(greatest(load(x + i), low), limit), 16); },
            [&](std::int64_t i, std::int64_t valid) {
              store_f16_part(y + i, least(greatest(load_part(x + i, valid), low), limit), valid);
            });
}

}  // namespace
}  // namespace roundhouse::kernels
