// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/heatmap/heatmap_export.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QPainter>
#include <QSvgGenerator>

#include <algorithm>
#include <utility>

#include "widgets/style/file_export.h"
#include "widgets/style/metrics.h"

namespace roundhouse::widgets {
namespace {

// A picture carries a margin of its own; the view's stands in the panel around it.
constexpr int kMargin = grid::kLarge;

// The layout within the margins of a picture of at most `size`, and the size of the picture once what stays empty at
// the right and below is cut off.
std::pair<HeatmapLayout, QSize> fitted(const HeatmapPainter& painter, const QSize& size) {
  HeatmapLayout layout = painter.layout({std::max(1, size.width() - 2 * kMargin), std::max(1, size.height() - 2 * kMargin)});
  if (layout.rows == 0 || layout.columns == 0) return {layout, size};
  const int width = std::min(layout.legend.width(), std::max(layout.cells.right() + 1, painter.legendWidth(layout)));
  layout.legend.setWidth(width);
  return {layout, QSize(width + 2 * kMargin, layout.columnLabels.bottom() + 1 + 2 * kMargin).boundedTo(size)};
}

QString editName(CellEdit edit) {
  switch (edit) {
    case CellEdit::Disabled: return QStringLiteral("disabled");
    case CellEdit::Boosted: return QStringLiteral("boosted");
    case CellEdit::Damped: return QStringLiteral("damped");
    case CellEdit::Forced: return QStringLiteral("forced");
    case CellEdit::None: break;
  }
  return {};
}

QByteArray number(double value) { return std::isfinite(value) ? QByteArray::number(value, 'g', 9) : QByteArray(); }

}  // namespace

QImage heatmapImage(const HeatmapPainter& painter, const QSize& size, double devicePixelRatio) {
  const auto [layout, used] = fitted(painter, size);
  QImage image(used * devicePixelRatio, QImage::Format_RGB32);
  image.setDevicePixelRatio(devicePixelRatio);
  image.fill((*painter.tokens)[ColorToken::Surface]);
  QPainter surface(&image);
  surface.translate(kMargin, kMargin);
  surface.drawImage(layout.cells.topLeft(), painter.cellImage(layout, devicePixelRatio));
  painter.paintEdits(surface, layout);
  painter.paintFrame(surface, layout);
  return image;
}

void writeHeatmapSvg(const HeatmapPainter& painter, const QSize& size, QIODevice* device) {
  const auto [layout, used] = fitted(painter, size);
  QSvgGenerator generator;
  generator.setOutputDevice(device);
  generator.setSize(used);
  generator.setViewBox(QRect(QPoint(), used));
  generator.setTitle(painter.snapshot->valueName);
  QPainter surface(&generator);
  surface.fillRect(QRect(QPoint(), used), (*painter.tokens)[ColorToken::Surface]);
  surface.translate(kMargin, kMargin);
  painter.paintCells(surface, layout);
  painter.paintEdits(surface, layout);
  painter.paintFrame(surface, layout);
}

QByteArray heatmapCsv(const HeatmapSnapshot& snapshot) {
  const auto orElse = [](const QString& text, const char* fallback) {
    return csvField(text.isEmpty() ? QString::fromLatin1(fallback) : text);
  };
  QByteArray csv = orElse(snapshot.rowTitle, "row") + ',' + orElse(snapshot.columnTitle, "column") + ',' +
                   orElse(snapshot.valueName, "value");
  if (!snapshot.secondary.empty()) csv += ',' + orElse(snapshot.secondaryName, "second value");
  if (!snapshot.edits.empty()) csv += ",edit";
  csv += "\r\n";
  for (int row = 0; row < snapshot.rows; ++row)
    for (int column = 0; column < snapshot.columns; ++column) {
      csv += csvField(snapshot.rowLabel(row)) + ',' + csvField(snapshot.columnLabel(column)) + ',' +
             number(double(snapshot.value(row, column)));
      if (!snapshot.secondary.empty()) csv += ',' + number(double(snapshot.secondaryValue(row, column)));
      if (!snapshot.edits.empty()) csv += ',' + editName(snapshot.edit(row, column)).toLatin1();
      csv += "\r\n";
    }
  return csv;
}

bool exportHeatmapPng(const HeatmapPainter& painter, const QSize& size, const QString& path, QString* error) {
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  if (!heatmapImage(painter, size, 2).save(&buffer, "PNG")) {
    if (error) *error = QCoreApplication::translate("HeatmapExport", "The picture could not be made into a PNG.");
    return false;
  }
  return writeWholeFile(path, buffer.data(), error);
}

bool exportHeatmapSvg(const HeatmapPainter& painter, const QSize& size, const QString& path, QString* error) {
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  writeHeatmapSvg(painter, size, &buffer);
  return writeWholeFile(path, buffer.data(), error);
}

bool exportHeatmapCsv(const HeatmapSnapshot& snapshot, const QString& path, QString* error) {
  return writeWholeFile(path, heatmapCsv(snapshot), error);
}

}  // namespace roundhouse::widgets
