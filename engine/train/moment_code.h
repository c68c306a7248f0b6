// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace roundhouse {

// An optimiser's moments in 8 bits (Dettmers et al. 2022, arXiv 2110.02861): blocks of 256 numbers, each with its largest
// magnitude as a float32 scale, and one byte a number that names a value of a map over [-1, 1], or [0, 1] without a sign.
// The map is dynamic: of the seven decades below 1 each has half as many values as the one above, evenly spread in it. A
// number becomes the nearest value of the map; without a sign one above 0 never becomes 0, since a second moment of 0
// beside a first one that is not would make a step of any size. Immutable; any thread.
class MomentCode {
 public:
  static constexpr std::size_t block = 256;

  static const MomentCode& with_sign();
  static const MomentCode& without_sign();

  // At most a block; returns the scale. Numbers that are not finite give a scale that is not.
  float encode(std::span<const float> values, std::uint8_t* codes) const;
  void decode(std::span<const std::uint8_t> codes, float scale, float* values) const;

  std::span<const float> map() const { return map_; }  // [256] ascending

 private:
  explicit MomentCode(bool has_sign);
  std::uint8_t nearest(float value) const;

  std::array<float, 256> map_{};
  std::array<float, 255> above_{};           // from there on the next value of the map is nearer
  std::array<std::uint8_t, 65536> start_{};  // by the upper half of a float's bits: a code at or before its own
  std::uint8_t least_ = 0;                   // without a sign: the code of the smallest value above 0
};

}  // namespace roundhouse
