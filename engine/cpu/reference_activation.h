// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "engine/base/portable_math.h"
#include "engine/ops/specs.h"

// The gated units of ActivationKind and their derivatives, computed in double and rounded once.
namespace roundhouse::reference {

inline constexpr double inverse_sqrt2 = 0.70710678118654752;
inline constexpr double sqrt_2_over_pi = 0.79788456080286536;

// act(g) and act'(g); swiglu_clamped is not of this form.
inline double activate(ActivationKind kind, double g) {
  switch (kind) {
    case ActivationKind::silu: return g * portable::sigmoid(g);
    case ActivationKind::gelu: return 0.5 * g * (1.0 + portable::erf(g * inverse_sqrt2));
    case ActivationKind::gelu_tanh: return 0.5 * g * (1.0 + portable::tanh(sqrt_2_over_pi * (g + 0.044715 * g * g * g)));
    case ActivationKind::relu: return g > 0.0 ? g : 0.0;
    case ActivationKind::relu_squared: return g > 0.0 ? g * g : 0.0;
    case ActivationKind::swiglu_clamped: break;
  }
  return 0.0;
}

inline double activation_slope(ActivationKind kind, double g) {
  switch (kind) {
    case ActivationKind::silu: {
      const double s = portable::sigmoid(g);
      return s * (1.0 + g * (1.0 - s));
    }
    case ActivationKind::gelu:
      return 0.5 * (1.0 + portable::erf(g * inverse_sqrt2)) + g * 0.5 * sqrt_2_over_pi * portable::exp(-0.5 * g * g);
    case ActivationKind::gelu_tanh: {
      const double t = portable::tanh(sqrt_2_over_pi * (g + 0.044715 * g * g * g));
      return 0.5 * (1.0 + t) + 0.5 * g * (1.0 - t * t) * sqrt_2_over_pi * (1.0 + 3 * 0.044715 * g * g);
    }
    case ActivationKind::relu: return g > 0.0 ? 1.0 : 0.0;
    case ActivationKind::relu_squared: return g > 0.0 ? 2.0 * g : 0.0;
    case ActivationKind::swiglu_clamped: break;
  }
  return 0.0;
}

inline float gated(const Activation& activation, float gate, float up) {
  if (activation.kind == ActivationKind::swiglu_clamped) {
    const double g = std::min(gate, activation.limit), u = std::clamp(up, -activation.limit, activation.limit);
    return static_cast<float>(g * portable::sigmoid(activation.alpha * g) * (u + 1.0));
  }
  return static_cast<float>(activate(activation.kind, gate) * up);
}

struct Slopes {
  double gate, up;  // of gated() by gate and by up
};

inline Slopes gated_slopes(const Activation& activation, float gate, float up) {
  if (activation.kind == ActivationKind::swiglu_clamped) {
    const double g = std::min(gate, activation.limit), u = std::clamp(up, -activation.limit, activation.limit);
    const double s = portable::sigmoid(activation.alpha * g);
    return {gate > activation.limit ? 0.0 : s * (1.0 + activation.alpha * g * (1.0 - s)) * (u + 1.0),
            up > activation.limit || up < -activation.limit ? 0.0 : g * s};
  }
  return {activation_slope(activation.kind, gate) * up, activate(activation.kind, gate)};
}

}  // namespace roundhouse::reference
