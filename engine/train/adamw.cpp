// SPDX-License-Identifier: Apache-2.0
#include "engine/train/adamw.h"

#include <cmath>

namespace roundhouse {

double gradient_norm(std::span<const Parameter> parameters) {
  double sum = 0.0;
  for (const Parameter& parameter : parameters) {
    for (const float g : parameter.gradient) sum += static_cast<double>(g) * g;
  }
  return std::sqrt(sum);
}

void AdamW::step(std::span<const Parameter> parameters, double rate, double gradient_scale) {
  if (state_.first.empty()) {
    for (const Parameter& parameter : parameters) {
      state_.first.emplace_back(parameter.value.size());
      state_.second.emplace_back(parameter.value.size());
    }
  }
  ++state_.steps;
  const double learning_rate = settings_.learning_rate * rate;
  const double correction1 = 1.0 - std::pow(settings_.beta1, static_cast<double>(state_.steps));
  const double correction2 = 1.0 - std::pow(settings_.beta2, static_cast<double>(state_.steps));
  const auto beta1 = static_cast<float>(settings_.beta1), beta2 = static_cast<float>(settings_.beta2);
  const auto rest1 = static_cast<float>(1.0 - settings_.beta1), rest2 = static_cast<float>(1.0 - settings_.beta2);
  const auto keep = static_cast<float>(1.0 - learning_rate * settings_.weight_decay);
  const auto size = static_cast<float>(learning_rate / correction1);
  const auto root = static_cast<float>(std::sqrt(correction2)), epsilon = static_cast<float>(settings_.epsilon);
  const auto factor = static_cast<float>(gradient_scale);
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    const Parameter& parameter = parameters[p];
    float* const first = state_.first[p].data();
    float* const second = state_.second[p].data();
    for (std::size_t i = 0; i < parameter.value.size(); ++i) {
      const float g = factor * parameter.gradient[i];
      first[i] = beta1 * first[i] + rest1 * g;
      second[i] = beta2 * second[i] + rest2 * g * g;
      parameter.value[i] = keep * parameter.value[i] - size * first[i] / (std::sqrt(second[i]) / root + epsilon);
    }
  }
}

}  // namespace roundhouse
