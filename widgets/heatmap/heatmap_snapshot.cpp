// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/heatmap/heatmap_snapshot.h"

#include <algorithm>

namespace roundhouse::widgets {
namespace {

// The least of a few round figures times a power of ten that is not below the magnitude.
double roundOutward(double magnitude) {
  if (!(magnitude > 0)) return 0;
  const double power = std::pow(10.0, std::floor(std::log10(magnitude)));
  for (double step : {1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0})
    if (magnitude <= step * power * (1 + 1e-6)) return step * power;
  return 10 * power;
}

}  // namespace

bool HeatmapSnapshot::consistent() const {
  if (rows < 0 || columns < 0) return false;
  const size_t cells = size_t(rows) * size_t(columns);
  return values.size() == cells && (secondary.empty() || secondary.size() == cells) &&
         (edits.empty() || edits.size() == cells);
}

bool HeatmapSnapshot::hasEdits() const {
  return std::any_of(edits.begin(), edits.end(), [](CellEdit edit) { return edit != CellEdit::None; });
}

float HeatmapRange::position(float value) const {
  if (!(high > low)) return 0;
  return std::clamp((value - low) / (high - low), 0.0f, 1.0f);
}

HeatmapRange rangeOf(const HeatmapSnapshot& snapshot, bool difference) {
  double low = 0, high = 0;
  for (float value : snapshot.values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, double(value));
    high = std::max(high, double(value));
  }
  if (difference) {
    const double reach = roundOutward(std::max(-low, high) * snapshot.unitScale) / snapshot.unitScale;
    high = reach > 0 ? reach : 1 / snapshot.unitScale;
    low = -high;
  } else {
    high = roundOutward(high * snapshot.unitScale) / snapshot.unitScale;
    low = -roundOutward(-low * snapshot.unitScale) / snapshot.unitScale;
    if (high <= low) high = low + 1 / snapshot.unitScale;
  }
  HeatmapRange range{float(low), float(high)};
  if (snapshot.low) range.low = *snapshot.low;
  if (snapshot.high) range.high = *snapshot.high;
  return range;
}

}  // namespace roundhouse::widgets
