// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSize>
#include <QString>
#include <QWidget>

#include <vector>

class QCPItemStraightLine;
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
  // Reads out the point nearest to x and draws a line there; NaN: nothing. What the pointer does by itself.
  void pointAt(double x);
  void setReadoutVisible(bool visible);

  bool exportPng(const QString& path, const QSize& size, QString* error);
  bool exportSvg(const QString& path, const QSize& size, QString* error);
  bool exportCsv(const QString& path, QString* error) const;
  QByteArray csv() const;

  QSize sizeHint() const override { return {480, 240}; }
  QSize minimumSizeHint() const override { return {160, 120}; }
  QCustomPlot* plot() const { return plot_; }

 Q_SIGNALS:
  void pointed(double x);  // the pointer is there; NaN: it has left
  void xRangeChanged(double low, double high);

 public:
  // Both ends of the axis, in its units.
  void setXRange(double low, double high);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void restyle();
  void hover(const QPoint& point);

  QCustomPlot* plot_;
  QLabel* readout_;
  QCPItemStraightLine* cursor_;
  std::vector<PlotSeries> series_;
  QString x_title_, x_unit_, y_title_, y_unit_;
};

}  // namespace roundhouse::widgets
