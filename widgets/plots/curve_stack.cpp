// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/curve_stack.h"

#include <qcustomplot.h>

#include <QBuffer>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QSvgGenerator>

#include <algorithm>
#include <cmath>

#include "widgets/style/file_export.h"
#include "widgets/style/metrics.h"
#include "widgets/style/quantity.h"
#include "widgets/style/text_role.h"
#include "widgets/style/tokens.h"

namespace roundhouse::widgets {

CurveStack::CurveStack(const Axis& x, const QList<Axis>& plots, QWidget* parent)
    : QWidget(parent), x_(x), axes_(plots), readout_(new QLabel(this)) {
  auto* layout = new QGridLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(grid::kTight);
  for (int i = 0; i < axes_.size(); ++i) {
    auto* plot = new LinePlot(this);
    plot->setAxes(x_.title, x_.unit, axes_[i].title, axes_[i].unit);
    plot->setAccessibleName(axes_[i].title);
    plot->setReadoutVisible(false);
    if (i == 0) layout->addWidget(plot, 0, 0, 1, 2);
    else layout->addWidget(plot, 1 + (i - 1) / 2, (i - 1) % 2);
    plots_.append(plot);
    connect(plot, &LinePlot::pointed, this, [this, plot](double at) {
      readout_->setText(std::isfinite(at) ? describeAt(at) : QString());
      for (LinePlot* each : std::as_const(plots_)) {
        if (each != plot) each->pointAt(at);
      }
    });
    connect(plot, &LinePlot::xRangeChanged, this, [this, plot](double low, double high) {
      if (moving_) return;
      const auto all = extent();
      follows_ = !all || high >= all->second;
      moving_ = true;
      for (LinePlot* each : std::as_const(plots_)) {
        if (each != plot) each->setXRange(low, high);
      }
      moving_ = false;
    });
  }
  const int rows = 1 + int(axes_.size()) / 2;
  layout->setRowStretch(0, 3);
  for (int row = 1; row < rows; ++row) layout->setRowStretch(row, 2);
  setTextRole(readout_, TextRole::Small, Tone::Muted);
  readout_->setTextFormat(Qt::PlainText);
  readout_->setFont(tabularFont(TextRole::Small));
  readout_->setObjectName(QStringLiteral("curveReadout"));
  readout_->setMinimumWidth(0);
  readout_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  readout_->setMinimumHeight(readout_->fontMetrics().height());
  layout->addWidget(readout_, rows, 0, 1, 2);
}

void CurveStack::setSeries(int at, std::vector<PlotSeries> series) {
  moving_ = true;
  plots_[at]->setSeries(std::move(series));
  moving_ = false;
  if (follows_) showAll();
}

std::optional<std::pair<double, double>> CurveStack::extent() const {
  std::optional<std::pair<double, double>> found;
  for (const LinePlot* plot : plots_) {
    for (const PlotSeries& each : plot->series()) {
      if (each.x.empty()) continue;
      if (!found) found.emplace(each.x.front(), each.x.back());
      found->first = std::min(found->first, each.x.front());
      found->second = std::max(found->second, each.x.back());
    }
  }
  return found;
}

void CurveStack::showAll() {
  const auto all = extent();
  if (!all) return;
  const double margin = all->second > all->first ? 0.01 * (all->second - all->first) : 0.5;  // points at the ends are seen whole
  moving_ = true;
  for (LinePlot* plot : std::as_const(plots_)) plot->setXRange(all->first - margin, all->second + margin);
  moving_ = false;
}

void CurveStack::setLogarithmic(int at, bool logarithmic) { plots_[at]->setLogarithmicY(logarithmic); }

void CurveStack::fit() {
  moving_ = true;
  for (LinePlot* plot : std::as_const(plots_)) plot->fit();
  moving_ = false;
  follows_ = true;
  showAll();
}

QString CurveStack::describeAt(double x) const {
  QStringList parts;
  for (int i = 0; i < plots_.size(); ++i) {
    for (const PlotSeries& each : plots_[i]->series()) {
      if (each.x.empty()) continue;
      auto after = std::lower_bound(each.x.begin(), each.x.end(), x);
      if (after == each.x.end() || (after != each.x.begin() && x - *std::prev(after) < *after - x)) --after;
      const size_t at = size_t(after - each.x.begin());
      if (parts.isEmpty()) parts << QStringLiteral("%1 %2").arg(x_.title, formatQuantity(each.x[at], x_.unit));
      parts << QStringLiteral("%1: %2").arg(each.name, formatQuantity(each.y[at], axes_[i].unit));
    }
  }
  return parts.join(QStringLiteral("   "));
}

void CurveStack::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::FontChange) readout_->setFont(tabularFont(TextRole::Small));
}

QList<QRect> CurveStack::places(const QSize& size) const {
  const int rows = 1 + int(axes_.size()) / 2;  // the first takes one and a half
  const double unit = size.height() / (rows + 0.5);
  QList<QRect> found;
  for (int i = 0; i < axes_.size(); ++i) {
    if (i == 0) {
      found.append(QRect(0, 0, size.width(), axes_.size() == 1 ? size.height() : int(1.5 * unit)));
      continue;
    }
    const int row = (i - 1) / 2, column = (i - 1) % 2;
    const bool alone = column == 0 && i + 1 == axes_.size();
    found.append(QRect(column * size.width() / 2, int((1.5 + row) * unit), alone ? size.width() : size.width() / 2, int(unit)));
  }
  return found;
}

bool CurveStack::exportPng(const QString& path, const QSize& size, QString* error) {
  constexpr int kScale = 2;
  QImage image(size * kScale, QImage::Format_RGB32);
  image.fill(Tokens::current()[ColorToken::Surface]);
  QPainter painter(&image);
  const QList<QRect> where = places(size);
  for (int i = 0; i < plots_.size(); ++i) {
    QPixmap drawn = plots_[i]->plot()->toPixmap(where[i].width(), where[i].height(), kScale);
    drawn.setDevicePixelRatio(1);
    painter.drawPixmap(where[i].topLeft() * kScale, drawn);
  }
  painter.end();
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  if (!image.save(&buffer, "PNG")) {
    if (error) *error = tr("The picture could not be made into a PNG.");
    return false;
  }
  return writeWholeFile(path, buffer.data(), error);
}

bool CurveStack::exportSvg(const QString& path, const QSize& size, const QString& title, QString* error) {
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  QSvgGenerator generator;
  generator.setOutputDevice(&buffer);
  generator.setSize(size);
  generator.setViewBox(QRect(QPoint(), size));
  generator.setTitle(title);
  QCPPainter painter;
  if (!painter.begin(&generator)) {
    if (error) *error = tr("The picture could not be made into an SVG.");
    return false;
  }
  painter.setMode(QCPPainter::pmVectorized);
  painter.setMode(QCPPainter::pmNoCaching);
  painter.fillRect(QRect(QPoint(), size), Tokens::current()[ColorToken::Surface]);
  const QList<QRect> where = places(size);
  for (int i = 0; i < plots_.size(); ++i) {
    painter.save();
    painter.translate(where[i].topLeft());
    plots_[i]->plot()->toPainter(&painter, where[i].width(), where[i].height());
    painter.restore();
  }
  painter.end();
  return writeWholeFile(path, buffer.data(), error);
}

QByteArray CurveStack::csv() const {
  QByteArray csv = "plot,series," + csvField(x_.title) + ",value,unit\r\n";
  for (int i = 0; i < plots_.size(); ++i) {
    for (const PlotSeries& each : plots_[i]->series()) {
      for (size_t p = 0; p < each.x.size(); ++p) {
        csv += csvField(axes_[i].title) + ',' + csvField(each.name) + ',' + QByteArray::number(each.x[p], 'g', 12) + ',' +
               (std::isfinite(each.y[p]) ? QByteArray::number(each.y[p], 'g', 9) : QByteArray()) + ',' + csvField(axes_[i].unit) + "\r\n";
      }
    }
  }
  return csv;
}

}  // namespace roundhouse::widgets
