// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QImage>
#include <QPointF>
#include <QRect>
#include <QSize>

#include "widgets/heatmap/heatmap_snapshot.h"
#include "widgets/style/color_map.h"

class QPainter;

namespace roundhouse::widgets {

enum class HeatmapMode { Magnitude, Difference };

// Where everything lies, in the logical pixels of the surface. Cell edges are whole pixels.
struct HeatmapLayout {
  QRect legend;      // strip above the cells: axis titles, colour scale, key of the edits
  QRect rowLabels;   // left of the cells
  QRect columnLabels;  // below the cells
  QRect cells;       // the visible part of the grid
  double cellWidth = 0;
  double cellHeight = 0;
  QPoint scroll;     // of the grid's top left under the top left of `cells`
  int rows = 0;
  int columns = 0;

  QSize contentSize() const;
  QRect cellRect(int row, int column) const;
  HeatmapCell cellAt(const QPoint& point) const;
  // The row or column whose label lies at the point, or -1.
  int rowLabelAt(const QPoint& point) const;
  int columnLabelAt(const QPoint& point) const;
};

// Draws a snapshot; the view, the PNG and the SVG share it. A value: cheap to make for each frame.
struct HeatmapPainter {
  HeatmapSnapshotPtr snapshot;
  HeatmapMode mode = HeatmapMode::Magnitude;
  ColorMap map;
  HeatmapRange range;
  const Tokens* tokens = nullptr;
  QFont font;

  // Zoom 1 fills the surface, as far as a cell stays between twice as high as wide and eight times as wide as high.
  HeatmapLayout layout(const QSize& surface, double zoom = 1, const QPoint& scroll = {}) const;
  // The visible cells, without labels or marks, at the device's resolution. Size of layout.cells times the ratio.
  QImage cellImage(const HeatmapLayout& layout, double devicePixelRatio) const;
  // The same as filled rectangles, for vector formats.
  void paintCells(QPainter& painter, const HeatmapLayout& layout) const;
  // Marks of the edits: disabled cross-hatched, boosted an arrow up, damped one down, forced a ring. Each clipped to its cell.
  void paintEdits(QPainter& painter, const HeatmapLayout& layout) const;
  // Labels, titles, colour scale.
  void paintFrame(QPainter& painter, const HeatmapLayout& layout) const;

  // What the strip above the cells needs to say everything.
  int legendWidth(const HeatmapLayout& layout) const;

  QRgb colorOf(float value) const;

 private:
  void paintLegend(QPainter& painter, const HeatmapLayout& layout) const;
  void paintMark(QPainter& painter, const QRectF& cell, CellEdit edit, const QColor& ink) const;
};

}  // namespace roundhouse::widgets
