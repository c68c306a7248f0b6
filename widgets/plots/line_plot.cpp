// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/line_plot.h"

#include <qcustomplot.h>

#include <QBuffer>
#include <QEvent>
#include <QKeyEvent>
#include <QLabel>
#include <QSvgGenerator>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/style/file_export.h"
#include "widgets/style/metrics.h"
#include "widgets/style/quantity.h"
#include "widgets/style/text_role.h"
#include "widgets/style/tokens.h"

namespace roundhouse::widgets {
namespace {

// Colour never alone: the dash tells series apart too.
constexpr Qt::PenStyle kDashes[] = {Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine};

constexpr size_t kFewPoints = 24;

QString axisText(const QString& title, const QString& unit) {
  return unit.isEmpty() ? title : QStringLiteral("%1 (%2)").arg(title, unit);
}

}  // namespace

LinePlot::LinePlot(QWidget* parent) : QWidget(parent), plot_(new QCustomPlot(this)), readout_(new QLabel(this)) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(grid::kTight);
  column->addWidget(plot_, 1);
  setTextRole(readout_, TextRole::Small, Tone::Muted);
  readout_->setTextFormat(Qt::PlainText);
  column->addWidget(readout_);
  plot_->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
  plot_->setFocusPolicy(Qt::NoFocus);
  plot_->setMinimumSize(80, 60);
  plot_->axisRect()->setupFullAxesBox(false);
  plot_->xAxis2->setVisible(false);
  plot_->yAxis2->setVisible(false);
  plot_->setNoAntialiasingOnDrag(true);
  plot_->setPlottingHint(QCP::phFastPolylines, true);  // one path of thousands of wide points takes half a second
  setFocusPolicy(Qt::StrongFocus);
  connect(plot_, &QCustomPlot::mouseMove, this, [this](QMouseEvent* event) { hover(event->pos()); });
  connect(plot_, &QCustomPlot::mouseDoubleClick, this, &LinePlot::fit);
  connect(plot_->xAxis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this,
          [this](const QCPRange& range) { Q_EMIT xRangeChanged(range.lower, range.upper); });
  cursor_ = new QCPItemStraightLine(plot_);
  cursor_->setVisible(false);
  cursor_->setSelectable(false);
  plot_->installEventFilter(this);
  setAccessibleName(tr("Curves"));
  restyle();
}

void LinePlot::setAxes(const QString& xTitle, const QString& xUnit, const QString& yTitle, const QString& yUnit) {
  x_title_ = xTitle;
  x_unit_ = xUnit;
  y_title_ = yTitle;
  y_unit_ = yUnit;
  plot_->xAxis->setLabel(axisText(xTitle, xUnit));
  plot_->yAxis->setLabel(axisText(yTitle, yUnit));
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void LinePlot::setLogarithmicY(bool logarithmic) {
  plot_->yAxis->setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  plot_->yAxis->setTicker(logarithmic ? QSharedPointer<QCPAxisTicker>(new QCPAxisTickerLog)
                                      : QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
  fit();
}

void LinePlot::setSeries(std::vector<PlotSeries> series) {
  const bool fresh = series_.empty();
  // Someone who has zoomed in does not want to be thrown out by the next point.
  const bool follows = fresh || series.size() != series_.size() ||
                       std::any_of(series_.begin(), series_.end(), [&](const PlotSeries& each) {
                         return !each.x.empty() && plot_->xAxis->range().contains(each.x.back());
                       });
  series_ = std::move(series);
  while (plot_->graphCount() > int(series_.size())) plot_->removeGraph(plot_->graphCount() - 1);
  while (plot_->graphCount() < int(series_.size())) plot_->addGraph();
  for (int i = 0; i < plot_->graphCount(); ++i) {
    PlotSeries& each = series_[size_t(i)];
    const size_t count = std::min(each.x.size(), each.y.size());
    each.x.resize(count);
    each.y.resize(count);
    plot_->graph(i)->setName(each.name);
    plot_->graph(i)->setData(QVector<double>(each.x.begin(), each.x.end()), QVector<double>(each.y.begin(), each.y.end()),
                             true);
  }
  plot_->legend->setVisible(series_.size() > 1);
  restyle();
  if (follows) fit();
  QStringList names;
  for (const PlotSeries& each : series_) names << each.name;
  setAccessibleDescription(tr("%1 over %2: %3").arg(axisText(y_title_, y_unit_), axisText(x_title_, x_unit_), names.join(QStringLiteral(", "))));
}

void LinePlot::fit() {
  plot_->rescaleAxes();
  QCPRange y = plot_->yAxis->range();
  if (plot_->yAxis->scaleType() == QCPAxis::stLinear) {
    const double margin = y.size() > 0 ? y.size() * 0.05 : 0.5;
    plot_->yAxis->setRange(y.lower - margin, y.upper + margin);
  }
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

QString LinePlot::describeAt(double x) const {
  QStringList parts;
  for (const PlotSeries& each : series_) {
    if (each.x.empty()) continue;
    auto after = std::lower_bound(each.x.begin(), each.x.end(), x);
    if (after == each.x.end() || (after != each.x.begin() && x - *std::prev(after) < *after - x)) --after;
    const size_t at = size_t(after - each.x.begin());
    if (parts.isEmpty()) parts << QStringLiteral("%1 %2").arg(x_title_, formatQuantity(each.x[at], x_unit_));
    parts << QStringLiteral("%1: %2").arg(each.name, formatQuantity(each.y[at], y_unit_));
  }
  return parts.join(QStringLiteral("   "));
}

void LinePlot::hover(const QPoint& point) {
  const double x = plot_->xAxis->pixelToCoord(point.x());
  pointAt(x);
  Q_EMIT pointed(x);
}

void LinePlot::pointAt(double x) {
  const bool somewhere = std::isfinite(x);
  readout_->setText(somewhere ? describeAt(x) : QString());
  if (!somewhere && !cursor_->visible()) return;
  cursor_->setVisible(somewhere);
  if (somewhere) {
    cursor_->point1->setCoords(x, plot_->yAxis->range().lower);
    cursor_->point2->setCoords(x, plot_->yAxis->range().upper);
  }
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void LinePlot::setReadoutVisible(bool visible) { readout_->setVisible(visible); }

void LinePlot::setXRange(double low, double high) {
  if (!(high > low) || (plot_->xAxis->range().lower == low && plot_->xAxis->range().upper == high)) return;
  plot_->xAxis->setRange(low, high);
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

bool LinePlot::eventFilter(QObject* watched, QEvent* event) {
  if (watched == plot_ && event->type() == QEvent::Leave) {
    pointAt(std::numeric_limits<double>::quiet_NaN());
    Q_EMIT pointed(std::numeric_limits<double>::quiet_NaN());
  }
  return QWidget::eventFilter(watched, event);
}

void LinePlot::keyPressEvent(QKeyEvent* event) {
  QCPAxis* x = plot_->xAxis;
  const double step = x->range().size() * 0.1;
  switch (event->key()) {
    case Qt::Key_Left: x->moveRange(-step); break;
    case Qt::Key_Right: x->moveRange(step); break;
    case Qt::Key_Plus:
    case Qt::Key_Equal: x->scaleRange(0.8); break;
    case Qt::Key_Minus: x->scaleRange(1.25); break;
    case Qt::Key_0: fit(); break;
    default: return QWidget::keyPressEvent(event);
  }
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void LinePlot::restyle() {
  const Tokens& tokens = Tokens::current();
  plot_->setBackground(tokens[ColorToken::Surface]);
  const QFont font = tabularFont(TextRole::Small);
  for (QCPAxis* axis : {plot_->xAxis, plot_->yAxis}) {
    axis->setBasePen(QPen(tokens[ColorToken::BorderStrong], 1));
    axis->setTickPen(QPen(tokens[ColorToken::BorderStrong], 1));
    axis->setSubTickPen(QPen(tokens[ColorToken::Border], 1));
    axis->setTickLabelColor(tokens[ColorToken::TextMuted]);
    axis->setLabelColor(tokens[ColorToken::TextMuted]);
    axis->setTickLabelFont(font);
    axis->setLabelFont(font);
    axis->grid()->setPen(QPen(tokens[ColorToken::Border], 1));
    axis->grid()->setZeroLinePen(QPen(tokens[ColorToken::BorderStrong], 1));
  }
  cursor_->setPen(QPen(tokens[ColorToken::BorderStrong], 1, Qt::DashLine));
  plot_->legend->setBrush(tokens[ColorToken::Surface]);
  plot_->legend->setBorderPen(QPen(tokens[ColorToken::Border], 1));
  plot_->legend->setTextColor(tokens[ColorToken::Text]);
  plot_->legend->setFont(font);
  for (int i = 0; i < plot_->graphCount(); ++i) {
    plot_->graph(i)->setPen(QPen(tokens.category(i), 1.75, kDashes[size_t(i) % std::size(kDashes)]));
    // A few points, or one, are seen as points.
    const bool few = series_.size() > size_t(i) && series_[size_t(i)].x.size() <= kFewPoints;
    plot_->graph(i)->setScatterStyle(few ? QCPScatterStyle(QCPScatterStyle::ssDisc, tokens.category(i), tokens.category(i), 5) : QCPScatterStyle());
  }
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void LinePlot::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) restyle();
}

bool LinePlot::exportPng(const QString& path, const QSize& size, QString* error) {
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  if (!plot_->toPixmap(size.width(), size.height(), 2).save(&buffer, "PNG")) {
    if (error) *error = tr("The picture could not be made into a PNG.");
    return false;
  }
  return writeWholeFile(path, buffer.data(), error);
}

bool LinePlot::exportSvg(const QString& path, const QSize& size, QString* error) {
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  QSvgGenerator generator;
  generator.setOutputDevice(&buffer);
  generator.setSize(size);
  generator.setViewBox(QRect(QPoint(), size));
  generator.setTitle(y_title_);
  QCPPainter painter;
  if (!painter.begin(&generator)) {
    if (error) *error = tr("The picture could not be made into an SVG.");
    return false;
  }
  painter.setMode(QCPPainter::pmVectorized);
  painter.setMode(QCPPainter::pmNoCaching);
  painter.fillRect(QRect(QPoint(), size), Tokens::current()[ColorToken::Surface]);
  plot_->toPainter(&painter, size.width(), size.height());
  painter.end();
  return writeWholeFile(path, buffer.data(), error);
}

QByteArray LinePlot::csv() const {
  QByteArray csv = "series," + csvField(axisText(x_title_, x_unit_)) + ',' + csvField(axisText(y_title_, y_unit_)) + "\r\n";
  for (const PlotSeries& each : series_)
    for (size_t i = 0; i < each.x.size(); ++i)
      csv += csvField(each.name) + ',' + QByteArray::number(each.x[i], 'g', 12) + ',' +
             (std::isfinite(each.y[i]) ? QByteArray::number(each.y[i], 'g', 9) : QByteArray()) + "\r\n";
  return csv;
}

bool LinePlot::exportCsv(const QString& path, QString* error) const { return writeWholeFile(path, csv(), error); }

}  // namespace roundhouse::widgets
