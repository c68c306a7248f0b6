// SPDX-License-Identifier: Apache-2.0
#include "engine/model/rope_scaling.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace roundhouse {

namespace {

constexpr double two_pi = 2.0 * std::numbers::pi;

double llama3(double frequency, const RopeScaling& s) {
  const double turns = s.original_context_tokens * frequency / two_pi;  // context / wavelength
  if (turns < s.low_factor) return frequency / s.factor;
  if (turns > s.high_factor) return frequency;
  const double smooth = (turns - s.low_factor) / (s.high_factor - s.low_factor);
  return (1.0 - smooth) * frequency / s.factor + smooth * frequency;
}

// The passage from frequencies that stay to those that are divided, in pairs.
struct YarnRamp {
  double low, high;
  YarnRamp(std::int32_t rotated, double base, const RopeScaling& s) {
    const auto pair_of = [&](double turns) {
      return rotated * std::log(s.original_context_tokens / (turns * two_pi)) / (2.0 * std::log(base));
    };
    low = pair_of(s.beta_fast);
    high = pair_of(s.beta_slow);
    if (s.truncate) {
      low = std::floor(low);
      high = std::ceil(high);
    }
    low = std::max(low, 0.0);
    high = std::min(high, rotated - 1.0);
    if (low == high) high += 0.001;
  }
  double at(std::int32_t pair) const { return std::clamp((pair - low) / (high - low), 0.0, 1.0); }
};

double yarn_scale(double factor, double mscale) { return factor <= 1.0 ? 1.0 : 0.1 * mscale * std::log(factor) + 1.0; }

}  // namespace

std::vector<float> rope_frequencies(std::int32_t rotated, double base, const RopeScaling& scaling) {
  std::vector<float> frequencies;
  const YarnRamp ramp(rotated, base, scaling);
  for (std::int32_t pair = 0; pair < rotated / 2; ++pair) {
    double frequency = std::pow(base, -2.0 * pair / rotated);
    switch (scaling.kind) {
      case RopeScalingKind::none: break;
      case RopeScalingKind::linear: frequency /= scaling.factor; break;
      case RopeScalingKind::llama3: frequency = llama3(frequency, scaling); break;
      case RopeScalingKind::yarn: {
        const double divided = ramp.at(pair);
        frequency = frequency / scaling.factor * divided + frequency * (1.0 - divided);
        break;
      }
    }
    frequencies.push_back(static_cast<float>(frequency));
  }
  return frequencies;
}

float rope_magnitude(const RopeScaling& s) {
  if (s.kind != RopeScalingKind::yarn) return 1.0f;
  if (s.attention_factor) return static_cast<float>(*s.attention_factor);
  if (s.mscale != 0.0 && s.mscale_all_dim != 0.0) {
    return static_cast<float>(yarn_scale(s.factor, s.mscale) / yarn_scale(s.factor, s.mscale_all_dim));
  }
  return static_cast<float>(yarn_scale(s.factor, 1.0));
}

}  // namespace roundhouse
