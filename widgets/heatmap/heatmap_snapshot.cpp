// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/heatmap/heatmap_snapshot.h"

#include <algorithm>

#include "widgets/style/quantity.h"

namespace roundhouse::widgets {
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
