// SPDX-License-Identifier: Apache-2.0
#include "engine/quant/quantize.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include "engine/base/half.h"
#include "engine/quant/blocks.h"

namespace roundhouse {
namespace {

// The value of a scale once it is stored.
float stored(float scale) { return half_to_float(float_to_half(scale)); }

int nearest(float value, int low, int high) { return static_cast<int>(std::clamp(std::nearbyint(value), static_cast<float>(low), static_cast<float>(high))); }

// The binary16 scale d for which `levels` steps reach `extreme`. A subnormal d that was rounded so far down that the
// extreme would be cut off is taken one step larger.
std::uint16_t scale_reaching(float extreme, float levels) {
  const std::uint16_t d = float_to_half(extreme / levels);
  const float reach = std::fabs(half_to_float(d)) * (std::fabs(levels) + 0.5f);
  return static_cast<std::uint16_t>(reach < std::fabs(extreme) ? d + 1 : d);
}

float largest_magnitude(std::span<const float> x) {
  float extreme = 0;
  for (const float value : x) {
    if (std::fabs(value) > std::fabs(extreme)) extreme = value;
  }
  return extreme;
}

// The levels of `x` on the grid scale * q, q in low..high, and what they miss.
double fit_levels(std::span<const float> x, float scale, int low, int high, std::span<int> q) {
  double error = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    q[i] = scale == 0 ? 0 : nearest(x[i] / scale, low, high);
    const double miss = x[i] - static_cast<double>(scale * static_cast<float>(q[i]));
    error += miss * miss;
  }
  return error;
}

// What `x` (a multiple of 4 values) misses on the grid scale * q: the error of fit_levels without the levels, for searches.
double missed(std::span<const float> x, float scale, float low, float high) {
  const float inverse = 1.0f / scale;
  if (!std::isfinite(inverse)) return std::numeric_limits<double>::infinity();
  constexpr float rounding = 12582912.0f;  // 1.5 * 2^23: what is added and taken away again leaves the nearest whole number
  std::array<double, 4> sums{};
  for (std::size_t i = 0; i < x.size(); i += sums.size()) {
    for (std::size_t lane = 0; lane < sums.size(); ++lane) {
      const float value = x[i + lane];
      const float q = (std::min(std::max(value * inverse, low), high) + rounding) - rounding;
      const double miss = static_cast<double>(value) - static_cast<double>(scale * q);
      sums[lane] += miss * miss;
    }
  }
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

// The scale of a symmetric grid low..high (low < 0 < high) that misses least, among those that put the value of
// largest magnitude on a level or, around the two ends, a little beside one. If x came from such a grid, it is found.
// `round` is applied to every scale before it is judged.
template <class Round>
float best_scale(std::span<const float> x, int low, int high, Round round) {
  const float extreme = largest_magnitude(x);
  if (extreme == 0) return 0;
  float best = 0;
  double best_error = std::numeric_limits<double>::infinity();
  const auto consider = [&](float level) {
    const float scale = round(extreme / level);
    const double error = missed(x, scale, static_cast<float>(low), static_cast<float>(high));
    if (error < best_error) {
      best_error = error;
      best = scale;
    }
  };
  for (int step = -9; step <= 9; ++step) {
    consider(static_cast<float>(low) + 0.1f * static_cast<float>(step));
    consider(static_cast<float>(high) + 0.1f * static_cast<float>(step));
  }
  if (high < 16) {
    for (int level = low; level <= high; ++level) {
      if (level != 0) consider(static_cast<float>(level));
    }
  }
  return best;
}

// The largest magnitude falls on 127.
void quantize_block(const float* x, BlockQ8_0& block) {
  const float magnitude = std::fabs(largest_magnitude({x, 32}));
  block.d = scale_reaching(magnitude, 127.0f);
  const float d = half_to_float(block.d);
  for (int i = 0; i < 32; ++i) block.qs[i] = static_cast<std::int8_t>(d == 0 ? 0 : nearest(x[i] / d, -127, 127));
}

void quantize_block(const float* x, BlockQ4_0& block) {
  const float d = best_scale({x, 32}, -8, 7, stored);
  block.d = float_to_half(d);
  std::array<int, 32> q;
  fit_levels({x, 32}, d, -8, 7, q);
  for (int i = 0; i < 16; ++i) block.qs[i] = static_cast<std::uint8_t>((q[i] + 8) | ((q[i + 16] + 8) << 4));
}

// Each group its own best scale, then the 8-bit multiple of d next to it; d by the largest of them.
void quantize_block(const float* x, BlockQ6_K& block) {
  std::array<float, 16> wanted;
  for (int group = 0; group < 16; ++group) wanted[group] = best_scale({x + group * 16, 16}, -32, 31, [](float scale) { return scale; });
  const float extreme = largest_magnitude(wanted);
  std::memset(&block, 0, sizeof block);
  block.d = scale_reaching(extreme, -128.0f);  // the signed range has one more level below than above
  const float d = half_to_float(block.d);
  for (int group = 0; group < 16; ++group) {
    const std::span<const float> values(x + group * 16, 16);
    std::array<int, 16> q{};
    std::array<int, 16> candidate{};
    double best_error = std::numeric_limits<double>::infinity();
    const int around = d == 0 ? 0 : nearest(wanted[group] / d, -128, 127);
    for (int scale = std::max(around - 1, -128); scale <= std::min(around + 1, 127); ++scale) {
      const double error = fit_levels(values, d * static_cast<float>(scale), -32, 31, candidate);
      if (error < best_error) {
        best_error = error;
        block.scales[group] = static_cast<std::int8_t>(scale);
        q = candidate;
      }
    }
    const int half = group / 8;
    const int quarter = group % 8 / 2;
    const int first = group % 2 * 16;
    for (int i = 0; i < 16; ++i) {
      const int level = q[i] + 32;
      std::uint8_t& low = block.ql[half * 64 + quarter % 2 * 32 + first + i];
      std::uint8_t& high = block.qh[half * 32 + first + i];
      low = static_cast<std::uint8_t>(low | ((level & 15) << (quarter / 2 * 4)));
      high = static_cast<std::uint8_t>(high | ((level >> 4) << (quarter * 2)));
    }
  }
}

// The levels of `x` on scale * q - min, q in 0..15.
double fit_affine(std::span<const float> x, float scale, float min, std::span<int> q) {
  double error = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    q[i] = scale == 0 ? 0 : nearest((x[i] + min) / scale, 0, 15);
    const double miss = x[i] - static_cast<double>(scale * static_cast<float>(q[i]) - min);
    error += miss * miss;
  }
  return error;
}

struct Affine {
  float scale = 0;  // >= 0
  float min = 0;    // >= 0
};

// Grids that span the values, a little more or less, each then moved to the least-squares line through its levels.
Affine best_affine(std::span<const float> x) {
  const auto [lowest, highest] = std::minmax_element(x.begin(), x.end());
  const float min = std::max(0.0f, -*lowest);
  const float range = *highest + min;
  if (!(range > 0)) return {0, min};
  std::array<int, 32> q;
  Affine best;
  double best_error = std::numeric_limits<double>::infinity();
  const auto consider = [&](Affine affine) {
    const double error = fit_affine(x, affine.scale, affine.min, q);
    if (error < best_error) {
      best_error = error;
      best = affine;
    }
  };
  const double n = static_cast<double>(x.size());
  for (int step = -10; step <= 10; ++step) {
    Affine affine{range / (15.0f + 0.1f * static_cast<float>(step)), min};
    for (int round = 0; round < 3; ++round) {
      consider(affine);
      double sum_q = 0, sum_qq = 0, sum_x = 0, sum_xq = 0;
      fit_affine(x, affine.scale, affine.min, q);
      for (std::size_t i = 0; i < x.size(); ++i) {
        sum_q += q[i];
        sum_qq += static_cast<double>(q[i]) * q[i];
        sum_x += x[i];
        sum_xq += static_cast<double>(x[i]) * q[i];
      }
      const double determinant = n * sum_qq - sum_q * sum_q;
      if (determinant <= 0) break;
      double slope = (n * sum_xq - sum_x * sum_q) / determinant;
      double offset = (slope * sum_q - sum_x) / n;
      if (offset < 0) {  // the format has no positive shift: the line through the origin instead
        offset = 0;
        slope = sum_xq / sum_qq;
      }
      if (slope <= 0) break;
      affine = {static_cast<float>(slope), static_cast<float>(offset)};
    }
  }
  return best;
}

// Each group its own best line, then the 6-bit multiples of d and dmin around it that miss least.
void quantize_block(const float* x, BlockQ4_K& block) {
  std::array<Affine, 8> wanted;
  float largest_scale = 0;
  float largest_min = 0;
  for (int group = 0; group < 8; ++group) {
    wanted[group] = best_affine({x + group * 32, 32});
    largest_scale = std::max(largest_scale, wanted[group].scale);
    largest_min = std::max(largest_min, wanted[group].min);
  }
  std::memset(&block, 0, sizeof block);
  block.d = scale_reaching(largest_scale, 63.0f);
  block.dmin = scale_reaching(largest_min, 63.0f);
  const float d = half_to_float(block.d);
  const float dmin = half_to_float(block.dmin);
  for (int group = 0; group < 8; ++group) {
    const std::span<const float> values(x + group * 32, 32);
    const int scale_around = d == 0 ? 0 : nearest(wanted[group].scale / d, 0, 63);
    const int min_around = dmin == 0 ? 0 : nearest(wanted[group].min / dmin, 0, 63);
    std::array<int, 32> q{};
    std::array<int, 32> candidate{};
    ScaleMin chosen{0, 0};
    double best_error = std::numeric_limits<double>::infinity();
    for (int scale = std::max(scale_around - 1, 0); scale <= std::min(scale_around + 1, 63); ++scale) {
      for (int min = std::max(min_around - 1, 0); min <= std::min(min_around + 1, 63); ++min) {
        const double error = fit_affine(values, d * static_cast<float>(scale), dmin * static_cast<float>(min), candidate);
        if (error < best_error) {
          best_error = error;
          chosen = {static_cast<std::uint8_t>(scale), static_cast<std::uint8_t>(min)};
          q = candidate;
        }
      }
    }
    q4_k_set_scale_min(block.scales, group, chosen);
    for (int i = 0; i < 32; ++i) {
      std::uint8_t& byte = block.qs[group / 2 * 32 + i];
      byte = static_cast<std::uint8_t>(byte | (q[i] << (group % 2 * 4)));
    }
  }
}

// The magnitude up to which every scale of a block stays finite: the largest binary16 times the fewest levels.
constexpr float largest_quantizable(DType type) {
  switch (type) {
    case DType::q8_0: return 65504.0f * 127.0f;
    case DType::q4_0: return 65504.0f * 7.0f;
    case DType::q4_k: return 65504.0f * 32.0f;  // a fitted minimum may lie below the values
    default: return 65504.0f * 128.0f;
  }
}

template <DType T>
Status quantize_blocks(const float* src, std::int64_t n, std::byte* dst) {
  constexpr int elements = dtype_block_elements(T);
  for (std::int64_t i = 0; i < n; ++i) {
    if (!(std::fabs(src[i]) <= largest_quantizable(T))) {
      return Error{ErrorCode::invalid_argument, "quantize", fmt::format("value {} of {} as {}", i, n, dtype_name(T)),
                   fmt::format("a number within ±{}", largest_quantizable(T)), fmt::format("{}", src[i])};
    }
  }
  for (std::int64_t i = 0; i < n / elements; ++i) {
    typename BlockOf<T>::Type block;
    quantize_block(src + i * elements, block);
    std::memcpy(dst + i * static_cast<std::int64_t>(sizeof block), &block, sizeof block);
  }
  return Ok{};
}

template <std::uint16_t (*Convert)(float)>
Status convert_16(const float* src, std::int64_t n, std::byte* dst) {
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint16_t bits = Convert(src[i]);
    std::memcpy(dst + i * 2, &bits, 2);
  }
  return Ok{};
}

}  // namespace

Status quantize_row(DType type, const float* src, std::int64_t n, std::byte* dst) {
  const std::string object = fmt::format("row of {} values as {}", n, dtype_name(type));
  if (!dtype_row_bytes(type, n)) {
    return Error{ErrorCode::invalid_argument, "quantize", object, fmt::format("a multiple of {} values", dtype_block_elements(type)), std::to_string(n)};
  }
  switch (type) {
    case DType::f32: std::memcpy(dst, src, static_cast<std::size_t>(n) * sizeof(float)); return Ok{};
    case DType::f16: return convert_16<float_to_half>(src, n, dst);
    case DType::bf16: return convert_16<float_to_bfloat16>(src, n, dst);
    case DType::q8_0: return quantize_blocks<DType::q8_0>(src, n, dst);
    case DType::q4_0: return quantize_blocks<DType::q4_0>(src, n, dst);
    case DType::q4_k: return quantize_blocks<DType::q4_k>(src, n, dst);
    case DType::q6_k: return quantize_blocks<DType::q6_k>(src, n, dst);
    default: break;
  }
  return Error{ErrorCode::unsupported, "quantize", object, "f32, f16, bf16, q8_0, q4_0, q4_k or q6_k", std::string(dtype_name(type))};
}

}  // namespace roundhouse
