// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

namespace roundhouse::widgets {

enum class CellEdit : std::uint8_t { None, Disabled, Boosted, Damped, Forced };

struct HeatmapCell {
  int row = -1;
  int column = -1;
  bool valid() const { return row >= 0 && column >= 0; }
  friend bool operator==(const HeatmapCell&, const HeatmapCell&) = default;
};

// What a heatmap shows, as one value. Immutable once it is shared: whoever computes a new state makes a new one.
struct HeatmapSnapshot {
  int rows = 0;
  int columns = 0;
  std::vector<float> values;     // [rows, columns]; NaN: nothing measured, drawn as ground
  std::vector<float> secondary;  // [rows, columns] or empty; told in tool tip, table and export
  std::vector<CellEdit> edits;   // [rows, columns] or empty

  QString rowTitle;     // "Layer"
  QString columnTitle;  // "Expert"
  QStringList rowLabels, columnLabels;  // empty: 0, 1, 2, ...
  QString valueName;     // "Share of tokens"
  QString unit;          // "%", "tokens"; empty for a plain number
  double unitScale = 1;  // shown value = value * unitScale (100 for shares in percent)
  QString secondaryName;
  QString secondaryUnit;
  double secondaryScale = 1;
  // Ends of the colour scale in units of `values`; unset: from the data, rounded outward.
  std::optional<float> low, high;

  // False when a buffer's length does not fit rows and columns; such a snapshot is refused by the view.
  bool consistent() const;
  size_t index(int row, int column) const { return size_t(row) * size_t(columns) + size_t(column); }
  float value(int row, int column) const { return values[index(row, column)]; }
  float secondaryValue(int row, int column) const {
    return secondary.empty() ? std::numeric_limits<float>::quiet_NaN() : secondary[index(row, column)];
  }
  CellEdit edit(int row, int column) const { return edits.empty() ? CellEdit::None : edits[index(row, column)]; }
  bool hasEdits() const;
  QString rowLabel(int row) const { return row < rowLabels.size() ? rowLabels[row] : QString::number(row); }
  QString columnLabel(int column) const {
    return column < columnLabels.size() ? columnLabels[column] : QString::number(column);
  }
};

using HeatmapSnapshotPtr = std::shared_ptr<const HeatmapSnapshot>;

struct HeatmapRange {
  float low = 0;
  float high = 1;
  // 0..1, clamped; a range without width gives 0.
  float position(float value) const;
};

// The ends of the colour scale: the snapshot's own where set; otherwise from zero (or below) to the greatest value,
// or, for differences, the same distance on both sides of zero.
HeatmapRange rangeOf(const HeatmapSnapshot& snapshot, bool difference);

}  // namespace roundhouse::widgets
