// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSize>
#include <QString>

#include "widgets/heatmap/heatmap_painter.h"

class QIODevice;

namespace roundhouse::widgets {

// The whole picture (fitted, without selection) and its data. On failure `error` says what, where and why, and
// nothing is left behind at the path: files are written beside it and renamed.
bool exportHeatmapPng(const HeatmapPainter& painter, const QSize& size, const QString& path, QString* error);
bool exportHeatmapSvg(const HeatmapPainter& painter, const QSize& size, const QString& path, QString* error);
// A row per cell: row label, column label, value, second value, edit. RFC 4180, UTF-8, decimal points.
bool exportHeatmapCsv(const HeatmapSnapshot& snapshot, const QString& path, QString* error);
QByteArray heatmapCsv(const HeatmapSnapshot& snapshot);
QImage heatmapImage(const HeatmapPainter& painter, const QSize& size, double devicePixelRatio);
void writeHeatmapSvg(const HeatmapPainter& painter, const QSize& size, QIODevice* device);

}  // namespace roundhouse::widgets
