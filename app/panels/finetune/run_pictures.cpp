// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/run_pictures.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <cmath>
#include <limits>

namespace roundhouse::app {

using widgets::HeatmapSnapshotPtr;
using widgets::MetricTable;

namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

struct RunPictures {
  Q_DECLARE_TR_FUNCTIONS(RunPictures)
};

widgets::PlotSeries seriesOf(const JobRun& run, const QString& name, double StepPoint::* value, double scale = 1) {
  widgets::PlotSeries series;
  series.name = name;
  series.x.reserve(size_t(run.points().size()));
  series.y.reserve(size_t(run.points().size()));
  for (const StepPoint& point : run.points()) {
    series.x.push_back(double(point.step));
    series.y.push_back(point.*value * scale);
  }
  return series;
}

// Shares of each layer's choices, [layers, experts]; a layer without any has none.
std::vector<float> shares(const RoutingCounts& counts) {
  std::vector<float> found(size_t(counts.layers) * size_t(counts.experts), kNone);
  for (int layer = 0; layer < counts.layers; ++layer) {
    double sum = 0;
    for (int expert = 0; expert < counts.experts; ++expert) sum += double(counts.at(layer, expert));
    if (sum <= 0) continue;
    for (int expert = 0; expert < counts.experts; ++expert)
      found[size_t(layer) * size_t(counts.experts) + size_t(expert)] = float(double(counts.at(layer, expert)) / sum);
  }
  return found;
}

// As the run's own events number them, else as the model's header does, else from zero.
QStringList labels(const JobRun& run, const QStringList& layers, int rows) {
  if (run.routing().numbers.size() == rows) {
    QStringList numbers;
    for (const int number : run.routing().numbers) numbers.append(QString::number(number));
    return numbers;
  }
  if (layers.size() == rows) return layers;
  QStringList numbers;
  for (int row = 0; row < rows; ++row) numbers.append(QString::number(row));
  return numbers;
}

}  // namespace

std::array<std::vector<widgets::PlotSeries>, kRunCurves> runCurves(const JobRun& run, const QString& name) {
  const auto named = [&](const QString& what) { return name.isEmpty() ? what : QStringLiteral("%1, %2").arg(name, what); };
  std::array<std::vector<widgets::PlotSeries>, kRunCurves> curves;
  curves[kLossCurve].push_back(seriesOf(run, named(RunPictures::tr("training")), &StepPoint::loss));
  widgets::PlotSeries evaluation;
  evaluation.name = named(RunPictures::tr("evaluation"));
  for (const EvaluationPoint& point : run.evaluations()) {
    if (!std::isfinite(point.loss)) continue;
    evaluation.x.push_back(double(point.step));
    evaluation.y.push_back(point.loss);
  }
  curves[kLossCurve].push_back(std::move(evaluation));
  const QString alone = name.isEmpty() ? QString() : name;
  const auto single = [&](RunCurve curve, const QString& what, double StepPoint::* value, double scale = 1) {
    curves[curve].push_back(seriesOf(run, alone.isEmpty() ? what : alone, value, scale));
  };
  single(kGradientCurve, RunPictures::tr("gradient norm"), &StepPoint::gradientNorm);
  single(kRateCurve, RunPictures::tr("learning rate"), &StepPoint::learningRate);
  single(kSpeedCurve, RunPictures::tr("speed"), &StepPoint::tokensPerSecond);
  single(kMemoryCurve, RunPictures::tr("memory"), &StepPoint::memoryBytes, 1e-9);
  return curves;
}

HeatmapSnapshotPtr runPicture(const JobRun& run, RunMeasure measure, const QStringList& layers) {
  auto picture = std::make_shared<widgets::HeatmapSnapshot>();
  picture->rowTitle = RunPictures::tr("Layer");
  picture->unit = QStringLiteral("%");
  picture->unitScale = 100;
  if (measure == RunMeasure::Drift) {
    QList<const EvaluationPoint*> points;
    qsizetype rows = 0;
    for (const EvaluationPoint& point : run.evaluations()) {
      if (point.drift.isEmpty()) continue;
      points.append(&point);
      rows = std::max(rows, point.drift.size());
    }
    if (points.isEmpty()) return {};
    picture->rows = int(rows);
    picture->columns = int(points.size());
    picture->columnTitle = RunPictures::tr("Evaluation at step");
    picture->valueName = RunPictures::tr("Choices that differ from the base");
    picture->values.assign(size_t(picture->rows) * size_t(picture->columns), kNone);
    for (int column = 0; column < picture->columns; ++column) {
      picture->columnLabels.append(QLocale().toString(points[column]->step));
      for (int row = 0; row < points[column]->drift.size(); ++row) picture->values[picture->index(row, column)] = float(points[column]->drift[row]);
    }
    picture->low = 0.0f;
    picture->rowLabels = labels(run, layers, picture->rows);
    return picture;
  }
  const RoutingCounts counts = measure == RunMeasure::Whole ? run.routingSum() : run.routing();
  if (counts.layers == 0 || counts.experts == 0) return {};
  picture->rows = counts.layers;
  picture->columns = counts.experts;
  picture->columnTitle = RunPictures::tr("Expert");
  picture->rowLabels = labels(run, layers, picture->rows);
  picture->values = shares(counts);
  picture->valueName = RunPictures::tr("Share of the layer's choices");
  if (measure == RunMeasure::Change) {
    const auto& history = run.routingHistory();
    if (history.size() < 2 || history.first().layers != history.last().layers || history.first().experts != history.last().experts) return {};
    const std::vector<float> first = shares(history.first());
    picture->values = shares(history.last());
    for (size_t i = 0; i < first.size(); ++i) picture->values[i] -= first[i];
    picture->valueName = RunPictures::tr("Share of choices, newest steps less the first");
    picture->unit = RunPictures::tr("percentage points");
  }
  return picture;
}

MetricTable runBalance(const JobRun& run, RunMeasure measure, const QStringList& layers) {
  widgets::MetricTable table;
  table.rowTitle = RunPictures::tr("Layer");
  table.columns = {
      {RunPictures::tr("MaxVio"), {}, 1, 0, 0, RunPictures::tr("How far the busiest expert lies above the mean load: (most - mean) / mean. 0 is even.")},
      {RunPictures::tr("Dead"), {}, 1, 0, 0, RunPictures::tr("Experts that got no token.")},
      {RunPictures::tr("Drift"), QStringLiteral("%"), 100, 0, 0, RunPictures::tr("Choices that differ from the base model's, at the newest evaluation.")}};
  const RoutingCounts counts = measure == RunMeasure::Whole ? run.routingSum() : run.routing();
  QList<double> drift;
  for (const EvaluationPoint& point : run.evaluations()) {
    if (!point.drift.isEmpty()) drift = point.drift;
  }
  const int rows = std::max(counts.layers, int(drift.size()));
  table.rowLabels = labels(run, layers, rows);
  for (int layer = 0; layer < rows; ++layer) {
    double most = 0, sum = 0;
    int dead = 0;
    for (int expert = 0; layer < counts.layers && expert < counts.experts; ++expert) {
      const double value = double(counts.at(layer, expert));
      most = std::max(most, value);
      sum += value;
      dead += value == 0;
    }
    const bool known = layer < counts.layers && sum > 0;
    const double mean = known ? sum / counts.experts : 0;
    table.values.push_back(known ? (most - mean) / mean : kNone);
    table.values.push_back(known ? dead : kNone);
    table.values.push_back(layer < drift.size() ? drift[layer] : kNone);
  }
  return table;
}

}  // namespace roundhouse::app
