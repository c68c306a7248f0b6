// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace roundhouse {

// How a model that was trained with a short context turns positions of a longer one.
enum class RopeScalingKind : std::uint8_t {
  none,
  linear,  // every frequency / factor
  llama3,  // long waves / factor, short ones as they are, a smooth passage between
  yarn,    // the same by the number of rotations within the old context, and attention scaled (Peng et al. 2023, 2309.00071)
};

struct RopeScaling {
  RopeScalingKind kind = RopeScalingKind::none;
  double factor = 1.0;
  double original_context_tokens = 0.0;             // llama3, yarn
  double low_factor = 1.0, high_factor = 4.0;       // llama3: context / wavelength at the ends of the passage
  double beta_fast = 32.0, beta_slow = 1.0;         // yarn: rotations at its ends
  bool truncate = true;                             // yarn: the ends are whole pairs
  std::optional<double> attention_factor;           // yarn: given; else from the factor and the two below
  double mscale = 0.0, mscale_all_dim = 0.0;        // yarn; 0: none
};

// Radians per position of each pair of `rotated` elements (even): base^(-2i / rotated), scaled. base > 1.
std::vector<float> rope_frequencies(std::int32_t rotated, double base, const RopeScaling& scaling);

// What multiplies sine and cosine; 1 but for yarn.
float rope_magnitude(const RopeScaling& scaling);

}  // namespace roundhouse
