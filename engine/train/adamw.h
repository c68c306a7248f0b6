// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/train/parameter.h"
#include "roundhouse/result.h"

namespace roundhouse {

struct AdamWSettings {
  double learning_rate = 1e-4;
  double beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;  // of parameters that decay
  enum class Moments : std::uint8_t { float32, int8 } moments = Moments::float32;
};

// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 2): decay is apart from the gradient, moments are corrected
// for their start at zero. Moments are float32, or 8 bits a number (MomentCode), where the update itself is float32 too. The
// same numbers in the same order give the same bits. One thread at a time.
class AdamW {
 public:
  // What is to be kept to go on exactly: with the parameters' values, all there is. Of each parameter, in their order.
  struct State {
    std::int64_t steps = 0;
    std::vector<std::vector<float>> first, second;                     // moments; in 8 bits the scale of each block
    std::vector<std::vector<std::uint8_t>> first_codes, second_codes;  // of 8 bits: one a number; else empty
    std::uint64_t bytes() const;
    bool operator==(const State&) const = default;
  };

  explicit AdamW(AdamWSettings settings) : settings_(settings) {}

  // One update. Always the same parameters in the same order; the first call, or restore(), says which. `rate`: what a
  // schedule makes of the learning rate. `gradient_scale` multiplies all gradients (clipping).
  void step(std::span<const Parameter> parameters, double rate = 1.0, double gradient_scale = 1.0);

  const AdamWSettings& settings() const { return settings_; }
  const State& state() const { return state_; }
  // Fails, and changes nothing, where the state is not of these parameters or of other moments than the settings'.
  Status restore(State state, std::span<const Parameter> parameters);

 private:
  void start(std::span<const Parameter> parameters);

  AdamWSettings settings_;
  State state_;
};

}  // namespace roundhouse
