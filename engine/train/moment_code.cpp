// SPDX-License-Identifier: Apache-2.0
#include "engine/train/moment_code.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>

namespace roundhouse {

MomentCode::MomentCode(bool has_sign) {
  std::size_t count = 0;
  map_[count++] = 0.0f;
  map_[count++] = 1.0f;
  double top = 1.0;  // of the decade
  for (int decade = 6; decade >= 0; --decade, top /= 10.0) {
    const int values = 1 << (has_sign ? decade : decade + 1);
    for (int i = 0; i < values; ++i) {
      const auto value = static_cast<float>(top * (0.1 + 0.9 * (i + 0.5) / values));
      map_[count++] = value;
      if (has_sign) map_[count++] = -value;
    }
  }
  std::sort(map_.begin(), map_.end());
  for (std::size_t i = 0; i < above_.size(); ++i) above_[i] = 0.5f * (map_[i] + map_[i + 1]);
  if (!has_sign) least_ = 1;
  for (std::uint32_t upper = 0; upper < start_.size(); ++upper) {
    // The number of this half that is nearest to minus infinity.
    const float lowest = std::bit_cast<float>(upper << 16 | (upper >> 15 ? 0xffffu : 0u));
    const auto at = std::isnan(lowest) ? above_.begin() : std::upper_bound(above_.begin(), above_.end(), lowest);
    start_[upper] = static_cast<std::uint8_t>(at - above_.begin());
  }
}

const MomentCode& MomentCode::with_sign() {
  static const MomentCode code(true);
  return code;
}

const MomentCode& MomentCode::without_sign() {
  static const MomentCode code(false);
  return code;
}

std::uint8_t MomentCode::nearest(float value) const {
  std::uint8_t code = start_[std::bit_cast<std::uint32_t>(value) >> 16];
  while (code < 255 && value >= above_[code]) ++code;
  return code;
}

float MomentCode::encode(std::span<const float> values, std::uint8_t* codes) const {
  float scale = 0.0f;
  for (const float value : values) {
    if (std::isnan(value)) {
      scale = value;
      break;
    }
    scale = std::max(scale, std::abs(value));
  }
  if (scale < std::numeric_limits<float>::min()) scale = 0.0f;  // its reciprocal would be infinite
  const float factor = scale > 0.0f ? 1.0f / scale : 0.0f;
  const std::uint8_t zero = nearest(0.0f);
  for (std::size_t i = 0; i < values.size(); ++i) {
    codes[i] = scale > 0.0f ? nearest(values[i] * factor) : zero;
    if (values[i] > 0.0f && scale > 0.0f) codes[i] = std::max(codes[i], least_);
  }
  return scale;
}

void MomentCode::decode(std::span<const std::uint8_t> codes, float scale, float* values) const {
  for (std::size_t i = 0; i < codes.size(); ++i) values[i] = scale * map_[codes[i]];
}

}  // namespace roundhouse
