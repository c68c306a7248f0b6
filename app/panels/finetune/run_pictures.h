// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

#include <array>
#include <vector>

#include "app/jobs/job_run.h"
#include "widgets/heatmap/heatmap_snapshot.h"
#include "widgets/plots/line_plot.h"
#include "widgets/plots/metric_model.h"

namespace roundhouse::app {

// What the curves of a run are, in this order.
enum RunCurve { kLossCurve, kGradientCurve, kRateCurve, kSpeedCurve, kMemoryCurve, kRunCurves };
// `name`: of the run, in front of each series' own; empty for one run alone.
std::array<std::vector<widgets::PlotSeries>, kRunCurves> runCurves(const JobRun& run, const QString& name);

enum class RunMeasure {
  Newest,  // load of the newest step
  Whole,   // of all steps
  Change,  // newest steps against the first ones
  Drift,   // share of choices that differ from the base model's: layers by evaluations
};
// Rows are the routed layers, called by `layers` where that has as many; null when nothing is known.
widgets::HeatmapSnapshotPtr runPicture(const JobRun& run, RunMeasure measure, const QStringList& layers);
// A row a layer: MaxVio, (most - mean) / mean of the experts' loads; experts without a token; drift at the newest evaluation.
widgets::MetricTable runBalance(const JobRun& run, RunMeasure measure, const QStringList& layers);

}  // namespace roundhouse::app
