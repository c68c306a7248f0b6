// SPDX-License-Identifier: Apache-2.0
#include "engine/train/adamw.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/train/moment_code.h"

namespace roundhouse {

namespace {

std::size_t blocks_of(std::size_t count) { return (count + MomentCode::block - 1) / MomentCode::block; }

// The numbers of one step of one parameter.
struct Step {
  float beta1, beta2, rest1, rest2;
  float keep;          // what weight decay leaves
  float size, root, epsilon;
  float factor;        // of gradients

  void run(float* value, const float* gradient, float* first, float* second, std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
      const float g = factor * gradient[i];
      first[i] = beta1 * first[i] + rest1 * g;
      second[i] = beta2 * second[i] + rest2 * g * g;
      value[i] = keep * value[i] - size * first[i] / (std::sqrt(second[i]) / root + epsilon);
    }
  }
};

}  // namespace

double gradient_norm(std::span<const Parameter> parameters) {
  double sum = 0.0;
  for (const Parameter& parameter : parameters) {
    for (const float g : parameter.gradient) sum += static_cast<double>(g) * g;
  }
  return std::sqrt(sum);
}

std::uint64_t AdamW::State::bytes() const {
  std::uint64_t bytes = 0;
  for (const auto* moments : {&first, &second}) {
    for (const std::vector<float>& values : *moments) bytes += values.size() * sizeof(float);
  }
  for (const auto* codes : {&first_codes, &second_codes}) {
    for (const std::vector<std::uint8_t>& values : *codes) bytes += values.size();
  }
  return bytes;
}

void AdamW::start(std::span<const Parameter> parameters) {
  const bool small = settings_.moments == AdamWSettings::Moments::int8;
  const float zero = 0.0f;
  std::uint8_t zero_of[2] = {};
  MomentCode::with_sign().encode({&zero, 1}, &zero_of[0]);
  MomentCode::without_sign().encode({&zero, 1}, &zero_of[1]);
  for (const Parameter& parameter : parameters) {
    const std::size_t count = parameter.value.size();
    state_.first.emplace_back(small ? blocks_of(count) : count);
    state_.second.emplace_back(small ? blocks_of(count) : count);
    if (!small) continue;
    state_.first_codes.emplace_back(count, zero_of[0]);
    state_.second_codes.emplace_back(count, zero_of[1]);
  }
}

void AdamW::step(std::span<const Parameter> parameters, double rate, double gradient_scale) {
  if (state_.first.empty()) start(parameters);
  ++state_.steps;
  const double correction1 = 1.0 - std::pow(settings_.beta1, static_cast<double>(state_.steps));
  const double correction2 = 1.0 - std::pow(settings_.beta2, static_cast<double>(state_.steps));
  const MomentCode& first_code = MomentCode::with_sign();
  const MomentCode& second_code = MomentCode::without_sign();
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    const Parameter& parameter = parameters[p];
    const double learning_rate = settings_.learning_rate * rate * parameter.rate;
    Step step{};
    step.beta1 = static_cast<float>(settings_.beta1);
    step.beta2 = static_cast<float>(settings_.beta2);
    step.rest1 = static_cast<float>(1.0 - settings_.beta1);
    step.rest2 = static_cast<float>(1.0 - settings_.beta2);
    step.keep = parameter.decays ? static_cast<float>(1.0 - learning_rate * settings_.weight_decay) : 1.0f;
    step.size = static_cast<float>(learning_rate / correction1);
    step.root = static_cast<float>(std::sqrt(correction2));
    step.epsilon = static_cast<float>(settings_.epsilon);
    step.factor = static_cast<float>(gradient_scale);
    const std::size_t count = parameter.value.size();
    if (settings_.moments == AdamWSettings::Moments::float32) {
      step.run(parameter.value.data(), parameter.gradient.data(), state_.first[p].data(), state_.second[p].data(), count);
      continue;
    }
    float first[MomentCode::block], second[MomentCode::block];
    for (std::size_t block = 0, at = 0; at < count; ++block, at += MomentCode::block) {
      const std::size_t some = std::min(MomentCode::block, count - at);
      std::uint8_t* const first_codes = state_.first_codes[p].data() + at;
      std::uint8_t* const second_codes = state_.second_codes[p].data() + at;
      first_code.decode({first_codes, some}, state_.first[p][block], first);
      second_code.decode({second_codes, some}, state_.second[p][block], second);
      step.run(parameter.value.data() + at, parameter.gradient.data() + at, first, second, some);
      state_.first[p][block] = first_code.encode({first, some}, first_codes);
      state_.second[p][block] = second_code.encode({second, some}, second_codes);
    }
  }
}

Status AdamW::restore(State state, std::span<const Parameter> parameters) {
  const auto refuse = [](std::string what, std::string expected, std::string received) {
    return Error{ErrorCode::invalid_argument, "restore optimiser", std::move(what), std::move(expected), std::move(received)};
  };
  const bool small = settings_.moments == AdamWSettings::Moments::int8;
  if (state.steps < 0) return refuse("steps", "0 or more", std::to_string(state.steps));
  if (state.steps == 0 && state.first.empty() && state.second.empty()) {
    state_ = {};
    return Ok{};
  }
  const std::size_t codes = small ? parameters.size() : 0;
  if (state.first.size() != parameters.size() || state.second.size() != parameters.size() || state.first_codes.size() != codes ||
      state.second_codes.size() != codes) {
    return refuse("moments", "those of " + std::to_string(parameters.size()) + " parameters in " + (small ? "8 bits" : "float32"),
                  std::to_string(state.first.size()) + " and " + std::to_string(state.first_codes.size()) + " arrays of bytes");
  }
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    const std::size_t count = parameters[p].value.size(), kept = small ? blocks_of(count) : count;
    if (state.first[p].size() != kept || state.second[p].size() != kept || (small && (state.first_codes[p].size() != count || state.second_codes[p].size() != count))) {
      return refuse("moments of " + parameters[p].name, std::to_string(count) + " numbers", std::to_string(state.first[p].size()));
    }
  }
  state_ = std::move(state);
  return Ok{};
}

}  // namespace roundhouse
