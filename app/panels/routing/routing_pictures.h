// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <vector>

#include "app/bridge/answer_snapshot.h"
#include "widgets/heatmap/heatmap_snapshot.h"
#include "widgets/plots/bars_model.h"
#include "widgets/plots/metric_model.h"

namespace roundhouse::app {

enum class LoadMeasure { Share, GateMass };

// Load of every expert over a growing range of tokens, counted once each: what the live heatmap shows. Starts over when
// the trace is another answer's, was cut back, or the range begins elsewhere.
class LoadCounter {
 public:
  // Counts tokens [first, last) of the trace of `answer`, an id.
  void count(const QString& answer, const RoutingTrace& trace, int first, int last);
  int tokens() const { return counted_to_ - counted_from_; }
  // Shares of each layer's assignments, or gate mass per token; edits of the answer are marked.
  widgets::HeatmapSnapshotPtr picture(LoadMeasure measure, const RoutingEdits& edits) const;

 private:
  QString answer_;
  RoutingLayout layout_;
  int counted_from_ = 0, counted_to_ = 0;
  std::int32_t last_token_ = -1;
  std::vector<double> assignments_, gate_mass_;  // [layers, experts]
};

// The routed layers and experts that a decision of one token lights up.
QList<widgets::HeatmapCell> expertsOf(const RoutingTrace& trace, int first, int last);
// Share of assignments in `b` minus share in `a`. Null when the layouts differ.
widgets::HeatmapSnapshotPtr differencePicture(const RoutingTrace& a, const RoutingTrace& b);
// How often expert `column` was chosen together with expert `row` in one layer.
widgets::HeatmapSnapshotPtr coActivationPicture(const RoutingTrace& trace, int layer, int first, int last);
// How evenly each layer's experts are used by tokens [first, last).
widgets::MetricTable balanceTable(const RoutingTrace& trace, int first, int last);
// The experts of one layer for one token: those chosen and the next ones, by score; for several tokens those with the
// most weight.
widgets::BarSet decisionBars(const RoutingTrace& trace, int layer, int first, int last);
// All that was decided for one token, a row an expert with a score; for several tokens a row an expert that was chosen.
QByteArray decisionsCsv(const RoutingTrace& trace, int first, int last);
// The tokens of [first, last) that gave an expert the most weight.
widgets::BarSet expertTokenBars(const AnswerSnapshot& answer, int layer, int expert, int first, int last, int limit);
// Marks of edits over a layout, [layers, experts].
std::vector<widgets::CellEdit> editMarks(const RoutingLayout& layout, const RoutingEdits& edits);

}  // namespace roundhouse::app
