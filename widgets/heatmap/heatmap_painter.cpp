// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/heatmap/heatmap_painter.h"

#include <QCoreApplication>
#include <QFontMetrics>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "widgets/style/metrics.h"
#include "widgets/style/quantity.h"

namespace roundhouse::widgets {
namespace {

// Layers by experts: wide cells tell as much as square ones, and use the room's width.
constexpr double kWidestCell = 8;  // times as wide as high
constexpr double kHighestCell = 2;  // times as high as wide
constexpr int kLegendBar = 96, kLeastLegendBar = 24;
// Below this size a gap between cells would cost more than it shows.
constexpr double kGapFrom = 12;

QString text(const char* source) { return QCoreApplication::translate("HeatmapPainter", source); }

QString rowHead(const HeatmapSnapshot& s) {
  return s.rowTitle.isEmpty() ? QString() : s.rowTitle + QStringLiteral(" ↓");
}

QString columnHead(const HeatmapSnapshot& s) {
  return s.columnTitle.isEmpty() ? QString() : s.columnTitle + QStringLiteral(" →");
}

// The edits that the snapshot has, with their names.
std::vector<std::pair<CellEdit, QString>> editKeys(const HeatmapSnapshot& s) {
  std::vector<std::pair<CellEdit, QString>> keys{
      {CellEdit::Disabled, text(QT_TRANSLATE_NOOP("HeatmapPainter", "disabled"))},
      {CellEdit::Boosted, text(QT_TRANSLATE_NOOP("HeatmapPainter", "boosted"))},
      {CellEdit::Damped, text(QT_TRANSLATE_NOOP("HeatmapPainter", "damped"))},
      {CellEdit::Forced, text(QT_TRANSLATE_NOOP("HeatmapPainter", "forced"))},
  };
  std::erase_if(keys, [&](const auto& key) { return std::find(s.edits.begin(), s.edits.end(), key.first) == s.edits.end(); });
  return keys;
}

int keyWidth(const QFontMetrics& metrics, const QString& label) {
  return metrics.height() + grid::kTight + metrics.horizontalAdvance(label) + grid::kMedium;
}

// The keys of the edits have a line of their own below the scale.
bool keysBelow(const HeatmapLayout& layout, const QFontMetrics& metrics) { return layout.legend.height() > metrics.height() * 2; }

// How many cells apart labels stand so that they do not touch: 1, 2, 4, 8, 16...
int labelStep(double cell, double needed) {
  int step = 1;
  while (cell * step < needed && step < (1 << 20)) step *= 2;
  return step;
}

int edge(int index, double size) { return int(std::lround(index * size)); }

// The cell that holds a content coordinate, with edges rounded as edge() does.
int cellIndex(int position, double size, int count) {
  if (size <= 0 || position < 0) return -1;
  int index = std::clamp(int(position / size), 0, count - 1);
  if (position < edge(index, size)) --index;
  if (index + 1 < count && position >= edge(index + 1, size)) ++index;
  return position < edge(index + 1, size) ? index : -1;
}

}  // namespace

QSize HeatmapLayout::contentSize() const { return {edge(columns, cellWidth), edge(rows, cellHeight)}; }

QRect HeatmapLayout::cellRect(int row, int column) const {
  const int left = edge(column, cellWidth), top = edge(row, cellHeight);
  return QRect(cells.left() + left - scroll.x(), cells.top() + top - scroll.y(),
               edge(column + 1, cellWidth) - left, edge(row + 1, cellHeight) - top);
}

HeatmapCell HeatmapLayout::cellAt(const QPoint& point) const {
  if (!cells.contains(point)) return {};
  const HeatmapCell cell{cellIndex(point.y() - cells.top() + scroll.y(), cellHeight, rows),
                         cellIndex(point.x() - cells.left() + scroll.x(), cellWidth, columns)};
  return cell.valid() ? cell : HeatmapCell{};
}

int HeatmapLayout::rowLabelAt(const QPoint& point) const {
  if (!rowLabels.contains(point)) return -1;
  return cellIndex(point.y() - cells.top() + scroll.y(), cellHeight, rows);
}

int HeatmapLayout::columnLabelAt(const QPoint& point) const {
  if (!columnLabels.contains(point)) return -1;
  return cellIndex(point.x() - cells.left() + scroll.x(), cellWidth, columns);
}

HeatmapLayout HeatmapPainter::layout(const QSize& surface, double zoom, const QPoint& scroll) const {
  const HeatmapSnapshot& s = *snapshot;
  HeatmapLayout layout;
  layout.rows = s.rows;
  layout.columns = s.columns;
  if (s.rows == 0 || s.columns == 0) return layout;
  const QFontMetrics metrics(font);
  int label_width = metrics.horizontalAdvance(rowHead(s));
  for (int row : {0, s.rows / 2, s.rows - 1})
    label_width = std::max(label_width, metrics.horizontalAdvance(s.rowLabel(row)));
  if (!s.rowLabels.isEmpty())
    for (const QString& label : s.rowLabels) label_width = std::max(label_width, metrics.horizontalAdvance(label));
  label_width = std::min(label_width, surface.width() / 4) + grid::kSmall;
  const bool two_lines = s.hasEdits() && surface.width() < 640;
  const int legend_height = metrics.height() * (two_lines ? 2 : 1) + grid::kSmall + (two_lines ? grid::kTight : 0);
  const int foot_height = metrics.height() + grid::kTight;

  const QRect room(label_width, legend_height, std::max(1, surface.width() - label_width - 1),
                   std::max(1, surface.height() - legend_height - foot_height));
  double width = double(room.width()) / s.columns;
  double height = double(room.height()) / s.rows;
  width = std::min(width, height * kWidestCell);
  height = std::min(height, width * kHighestCell);
  layout.cellWidth = std::max(1.0, width * zoom);
  layout.cellHeight = std::max(1.0, height * zoom);
  const QSize content = layout.contentSize();
  layout.cells = QRect(room.topLeft(), content.boundedTo(room.size()));
  layout.scroll = QPoint(std::clamp(scroll.x(), 0, content.width() - layout.cells.width()),
                         std::clamp(scroll.y(), 0, content.height() - layout.cells.height()));
  layout.legend = QRect(0, 0, surface.width(), legend_height);
  layout.rowLabels = QRect(0, layout.cells.top(), label_width, layout.cells.height());
  layout.columnLabels = QRect(layout.cells.left(), layout.cells.bottom() + 1, layout.cells.width(), foot_height);
  return layout;
}

QRgb HeatmapPainter::colorOf(float value) const {
  if (!std::isfinite(value)) return (*tokens)[ColorToken::Sunken].rgb();
  return map.rgb(range.position(value));
}

QImage HeatmapPainter::cellImage(const HeatmapLayout& layout, double devicePixelRatio) const {
  const HeatmapSnapshot& s = *snapshot;
  const QSize size(int(std::lround(layout.cells.width() * devicePixelRatio)),
                   int(std::lround(layout.cells.height() * devicePixelRatio)));
  QImage image(size, QImage::Format_RGB32);
  if (image.isNull()) return image;
  image.setDevicePixelRatio(devicePixelRatio);
  const QRgb ground = (*tokens)[ColorToken::Surface].rgb();
  image.fill(ground);
  const int gap = std::min(layout.cellWidth, layout.cellHeight) >= kGapFrom ? int(std::max(1.0, devicePixelRatio)) : 0;

  // Device columns [first, last) of each visible cell column.
  std::vector<std::array<int, 3>> spans;  // column, first, last
  const auto device = [&](int logical) { return int(std::lround(logical * devicePixelRatio)); };
  for (int column = 0; column < s.columns; ++column) {
    const int first = std::max(0, device(edge(column, layout.cellWidth) - layout.scroll.x()));
    const int last = std::min(size.width(), device(edge(column + 1, layout.cellWidth) - layout.scroll.x()) - gap);
    if (first < last) spans.push_back({column, first, last});
  }
  std::vector<QRgb> line(size_t(size.width()), ground);
  for (int row = 0; row < s.rows; ++row) {
    const int first = std::max(0, device(edge(row, layout.cellHeight) - layout.scroll.y()));
    const int last = std::min(size.height(), device(edge(row + 1, layout.cellHeight) - layout.scroll.y()) - gap);
    if (first >= last) continue;
    for (const auto& [column, from, to] : spans)
      std::fill(line.begin() + from, line.begin() + to, colorOf(s.value(row, column)));
    for (int y = first; y < last; ++y) std::memcpy(image.scanLine(y), line.data(), line.size() * sizeof(QRgb));
  }
  return image;
}

void HeatmapPainter::paintCells(QPainter& painter, const HeatmapLayout& layout) const {
  const HeatmapSnapshot& s = *snapshot;
  const int gap = std::min(layout.cellWidth, layout.cellHeight) >= kGapFrom ? 1 : 0;
  painter.save();
  painter.setClipRect(layout.cells);
  for (int row = 0; row < s.rows; ++row)
    for (int column = 0; column < s.columns; ++column) {
      const QRect cell = layout.cellRect(row, column).adjusted(0, 0, -gap, -gap);
      if (cell.intersects(layout.cells)) painter.fillRect(cell, QColor::fromRgb(colorOf(s.value(row, column))));
    }
  painter.restore();
}

void HeatmapPainter::paintMark(QPainter& painter, const QRectF& cell, CellEdit edit, const QColor& ink) const {
  // Drawn twice, first wide in the counter colour, so that a mark shows on any ground.
  const QColor halo = inkOn(ink);
  const double side = std::min(cell.width(), cell.height());
  const double pen = std::clamp(side / 8, 1.0, 2.0);
  for (int pass = 0; pass < 2; ++pass) {
    const bool wide = pass == 0;
    if (wide && side < 6) continue;
    QColor color = wide ? halo : ink;
    if (wide) color.setAlphaF(0.55f);
    painter.setPen(QPen(color, wide ? pen + 1.5 : pen, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    const QPointF center = cell.center();
    const double reach = side * 0.32;
    switch (edit) {
      case CellEdit::None: break;
      case CellEdit::Disabled: {
        // Diagonals both ways, about six pixels apart; one cross where the cell is small.
        const QRectF inner = cell.adjusted(1, 1, -1, -1);
        const int parts = std::clamp(int(side / 8), 1, 4);
        for (int i = -parts + 1; i < parts; ++i) {
          const double shift = double(i) / parts;
          const double from = std::max(0.0, shift), to = std::min(1.0, 1 + shift);
          const auto at = [&](double x, double y) {
            return QPointF(inner.left() + x * inner.width(), inner.top() + y * inner.height());
          };
          painter.drawLine(at(from, from - shift), at(to, to - shift));
          painter.drawLine(at(1 - from, from - shift), at(1 - to, to - shift));
        }
        break;
      }
      case CellEdit::Boosted:
      case CellEdit::Damped: {
        const double up = edit == CellEdit::Boosted ? -reach : reach;
        const std::array<QPointF, 3> head{center + QPointF(-reach, up * 0.1), center + QPointF(0, up),
                                          center + QPointF(reach, up * 0.1)};
        painter.drawPolyline(head.data(), int(head.size()));
        painter.drawLine(center + QPointF(0, -reach), center + QPointF(0, reach));
        break;
      }
      case CellEdit::Forced: painter.drawEllipse(center, reach, reach); break;
    }
  }
}

void HeatmapPainter::paintEdits(QPainter& painter, const HeatmapLayout& layout) const {
  const HeatmapSnapshot& s = *snapshot;
  if (s.edits.empty()) return;
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  for (int row = 0; row < s.rows; ++row)
    for (int column = 0; column < s.columns; ++column) {
      const CellEdit edit = s.edit(row, column);
      if (edit == CellEdit::None) continue;
      const QRect cell = layout.cellRect(row, column);
      if (!cell.intersects(layout.cells)) continue;
      painter.setClipRect(cell & layout.cells);
      paintMark(painter, cell, edit, inkOn(QColor::fromRgb(colorOf(s.value(row, column)))));
    }
  painter.restore();
}

void HeatmapPainter::paintFrame(QPainter& painter, const HeatmapLayout& layout) const {
  const HeatmapSnapshot& s = *snapshot;
  if (s.rows == 0 || s.columns == 0) return;
  const QFontMetrics metrics(font);
  painter.setFont(font);
  painter.setPen((*tokens)[ColorToken::TextMuted]);
  const int step = labelStep(layout.cellHeight, metrics.height());
  for (int row = 0; row < s.rows; row += step) {
    const QRect cell = layout.cellRect(row, 0);
    const int middle = cell.top() + cell.height() / 2;
    if (middle < layout.cells.top() || middle > layout.cells.bottom()) continue;
    const QRect place(0, middle - metrics.height() / 2, layout.rowLabels.width() - grid::kTight - 2, metrics.height());
    painter.drawText(place, Qt::AlignRight | Qt::AlignVCenter,
                     metrics.elidedText(s.rowLabel(row), Qt::ElideRight, place.width()));
  }
  int widest = 0;
  for (int column = 0; column < s.columns; column += std::max(1, s.columns / 16))
    widest = std::max(widest, metrics.horizontalAdvance(s.columnLabel(column)));
  widest = std::max(widest, metrics.horizontalAdvance(s.columnLabel(s.columns - 1)));
  const int column_step = labelStep(layout.cellWidth, widest + grid::kSmall);
  for (int column = 0; column < s.columns; column += column_step) {
    const QRect cell = layout.cellRect(0, column);
    const int middle = cell.left() + cell.width() / 2;
    if (middle < layout.cells.left() || middle > layout.cells.right()) continue;
    QRect place(middle - widest / 2 - 2, layout.columnLabels.top() + 2, widest + 4, metrics.height());
    painter.drawText(place, Qt::AlignHCenter | Qt::AlignVCenter, s.columnLabel(column));
  }
  paintLegend(painter, layout);
}

int HeatmapPainter::legendWidth(const HeatmapLayout& layout) const {
  const HeatmapSnapshot& s = *snapshot;
  const QFontMetrics metrics(font);
  int keys = 0;
  for (const auto& key : editKeys(s)) keys += keyWidth(metrics, key.second);
  int scale = metrics.horizontalAdvance(columnHead(s)) + grid::kLarge + kLegendBar + 6 * grid::kTight;
  for (const QString& label : {s.valueName, formatQuantity(range.low, s.unit, s.unitScale), formatQuantity(range.high, s.unit, s.unitScale)})
    scale += metrics.horizontalAdvance(label);
  return layout.cells.left() + (keysBelow(layout, metrics) ? std::max(keys, scale) : keys + scale);
}

void HeatmapPainter::paintLegend(QPainter& painter, const HeatmapLayout& layout) const {
  const HeatmapSnapshot& s = *snapshot;
  const QFontMetrics metrics(font);
  const int line = metrics.height();
  painter.setPen((*tokens)[ColorToken::TextMuted]);
  const int left_limit = layout.cells.left();
  // The row title heads the row labels, the column title the columns.
  painter.drawText(QRect(0, 0, left_limit - grid::kTight - 2, line), Qt::AlignRight | Qt::AlignVCenter,
                   metrics.elidedText(rowHead(s), Qt::ElideRight, left_limit - grid::kTight - 2));
  const QString column_head = columnHead(s);
  const QString high = formatQuantity(range.high, s.unit, s.unitScale);
  const QString low = formatQuantity(range.low, s.unit, s.unitScale);
  int used = left_limit + metrics.horizontalAdvance(column_head) + grid::kLarge;
  const int scale = metrics.horizontalAdvance(high) + metrics.horizontalAdvance(low) + kLeastLegendBar + 4 * grid::kTight;
  if (used + scale <= layout.legend.right()) {
    painter.drawText(QRect(left_limit, 0, metrics.horizontalAdvance(column_head) + 2, line),
                     Qt::AlignLeft | Qt::AlignVCenter, column_head);
  } else {
    used = left_limit;  // no room for both: what the colours mean is told
  }

  // From the right: high, bar, low, name.
  int right = layout.legend.right();
  const auto put = [&](const QString& label) {
    const int width = metrics.horizontalAdvance(label);
    painter.drawText(QRect(right - width, 0, width + 1, line), Qt::AlignLeft | Qt::AlignVCenter, label);
    right -= width + grid::kTight;
  };
  put(high);
  // The bar gives way before the words do.
  const int bar_width = std::clamp(right - used - metrics.horizontalAdvance(low) - 2 * grid::kTight, kLeastLegendBar, kLegendBar);
  const QRect bar(right - bar_width, (line - 10) / 2, bar_width, 10);
  for (int x = 0; x < bar.width(); ++x)
    painter.fillRect(QRect(bar.left() + x, bar.top(), 1, bar.height()),
                     QColor::fromRgb(map.rgb(float(x) / float(bar.width() - 1))));
  painter.setBrush(Qt::NoBrush);
  painter.setPen((*tokens)[ColorToken::Border]);
  painter.drawRect(bar.adjusted(-1, -1, 0, 0));
  painter.setPen((*tokens)[ColorToken::TextMuted]);
  right = bar.left() - grid::kTight - 1;
  put(low);
  right -= grid::kTight;
  if (!s.valueName.isEmpty() && right - used > metrics.averageCharWidth() * 6)
    put(metrics.elidedText(s.valueName, Qt::ElideRight, right - used));

  if (!s.hasEdits()) return;
  const bool own_line = keysBelow(layout, metrics);
  int x = own_line ? left_limit : used;
  const int y = own_line ? line + grid::kTight : 0;
  const int limit = own_line ? layout.legend.right() : right;
  for (const auto& [edit, label] : editKeys(s)) {
    const int width = keyWidth(metrics, label);
    if (x + width > limit) break;
    const QRectF box(x, y + 2, line - 4, line - 4);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen((*tokens)[ColorToken::BorderStrong]);
    painter.setBrush((*tokens)[ColorToken::Sunken]);
    painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5));
    paintMark(painter, box, edit, (*tokens)[ColorToken::Text]);
    painter.restore();
    painter.setPen((*tokens)[ColorToken::TextMuted]);
    painter.drawText(QRect(x + line + grid::kTight - 2, y, width, line), Qt::AlignLeft | Qt::AlignVCenter, label);
    x += width;
  }
}

}  // namespace roundhouse::widgets
