// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSize>
#include <QString>
#include <QWidget>

#include <vector>

class QCustomPlot;
class QLabel;

namespace roundhouse::widgets {

struct PlotSeries {
  QString name;
  std::vector<double> x;  // ascending
  std::vector<double> y;  // as many; NaN breaks the line
};

// Curves over a common axis (loss, divergence per layer): pan by dragging, zoom by wheel, double click fits. Series
// differ in colour and in dash. Values under the pointer are read out below; export as PNG, SVG and CSV.
class LinePlot : public QWidget {
  Q_OBJECT
 public:
  explicit LinePlot(QWidget* parent = nullptr);

  void setAxes(const QString& xTitle, const QString& xUnit, const QString& yTitle, const QString& yUnit);
  void setLogarithmicY(bool logarithmic);
  // Series with more points than the screen has columns are thinned for drawing by QCustomPlot; all are exported.
  void setSeries(std::vector<PlotSeries> series);
  const std::vector<PlotSeries>& series() const { return series_; }
  void fit();
  // One line about the point nearest to x, in axis units.
  QString describeAt(double x) const;

  bool exportPng(const QString& path, const QSize& size, QString* error);
  bool exportSvg(const QString& path, const QSize& size, QString* error);
  bool exportCsv(const QString& path, QString* error) const;
  QByteArray csv() const;

  QSize sizeHint() const override { return {480, 240}; }
  QSize minimumSizeHint() const override { return {160, 120}; }
  QCustomPlot* plot() const { return plot_; }

 protected:
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void restyle();
  void hover(const QPoint& point);

  QCustomPlot* plot_;
  QLabel* readout_;
  std::vector<PlotSeries> series_;
  QString x_title_, x_unit_, y_title_, y_unit_;
};

}  // namespace roundhouse::widgets
