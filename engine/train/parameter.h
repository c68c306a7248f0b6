// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

namespace roundhouse {

// An array of numbers in training: float32 master values and the gradient of the loss. Not owning.
struct Parameter {
  std::string name;
  std::span<float> value;
  std::span<const float> gradient;  // as long as value
  double rate = 1.0;                // multiplies the optimiser's learning rate
  bool decays = true;               // whether weight decay applies: to matrices, not to biases and magnitudes
};

// Square root of the sum of squares over all gradients, in double. Any thread.
double gradient_norm(std::span<const Parameter> parameters);

}  // namespace roundhouse
