// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSize>
#include <QString>
#include <QStringList>
#include <QWidget>

#include <optional>
#include <utility>
#include <vector>

#include "widgets/plots/line_plot.h"

class QLabel;

namespace roundhouse::widgets {

// Several plots over one axis: where one is moved or zoomed, all are, and the pointer in one reads all of them out. The first is
// the widest. Exported together.
class CurveStack : public QWidget {
  Q_OBJECT
 public:
  struct Axis {
    QString title, unit;
  };
  // The plots, top left first; what they show comes later.
  CurveStack(const Axis& x, const QList<Axis>& plots, QWidget* parent = nullptr);

  int count() const { return int(plots_.size()); }
  LinePlot* plot(int at) const { return plots_[at]; }
  void setSeries(int at, std::vector<PlotSeries> series);
  void setLogarithmic(int at, bool logarithmic);
  void fit();
  // "Step 12   Loss: 1.2   Learning rate: 2e-4"
  QString describeAt(double x) const;

  bool exportPng(const QString& path, const QSize& size, QString* error);
  bool exportSvg(const QString& path, const QSize& size, const QString& title, QString* error);
  // plot,series,x,y
  QByteArray csv() const;

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QList<QRect> places(const QSize& size) const;
  // From the first to the last x of all series; nothing without any.
  std::optional<std::pair<double, double>> extent() const;
  void showAll();

  Axis x_;
  QList<Axis> axes_;
  QList<LinePlot*> plots_;
  QLabel* readout_;
  bool moving_ = false;   // ranges are set from here
  bool follows_ = true;   // the end is on show: the next points are, too
};

}  // namespace roundhouse::widgets
