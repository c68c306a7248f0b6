// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QJsonObject>
#include <QList>
#include <QSharedDataPointer>
#include <QString>

#include <limits>
#include <optional>

#include "roundhouse/result.h"

namespace roundhouse::app {

// One point of the curves. Of a long run it stands for several steps (`count`), the last of which is `step`: loss, balance_loss,
// z_loss and tokens_per_s are means, gradient_norm and the bytes the largest, learning_rate the last, tokens and seconds sums.
struct StepPoint {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  qint64 step = 0;
  int count = 1;
  double loss = kNone, gradientNorm = kNone, learningRate = kNone, tokensPerSecond = kNone;  // NaN: the event had none
  double balanceLoss = kNone, zLoss = kNone;
  double memoryBytes = kNone, peakMemoryBytes = kNone;  // resident then, and at most so far
  double tokens = 0, learnedTokens = 0, seconds = 0;
};

// How many tokens chose each expert in the steps `first` .. `last`. Rows are the routed layers, in their order; short rows are
// filled with 0.
struct RoutingCounts {
  qint64 first = 0, last = 0;
  int layers = 0, experts = 0;
  QList<qint64> counts;  // [layers, experts]
  QList<int> numbers;    // [layers] of these layers in the model; may be empty
  qint64 at(int layer, int expert) const { return counts[qsizetype(layer) * experts + expert]; }
};

struct EvaluationSample {
  qint64 sample = 0;
  double loss = 0;
  QString text;
};
struct EvaluationAnswer {
  QString prompt, answer;
};
// Of a long run the samples and answers of some are left out, never those of the first and the newest.
struct EvaluationPoint {
  qint64 step = 0;
  double loss = StepPoint::kNone, perplexity = StepPoint::kNone, seconds = StepPoint::kNone;
  qint64 tokens = 0;
  QList<double> drift;  // [routed layer] share of choices that differ from the base model's
  QList<EvaluationSample> best, worst;
  QList<EvaluationAnswer> answers;
};

// From a start of the worker to its end.
struct RunSession {
  QDateTime started, ended;        // UTC; ended: invalid while it runs, and when the worker was killed
  qint64 firstStep = 0, lastStep = 0;
  qint64 pid = 0;
  QString end;                     // "paused", "finished", "failed"; empty: none of these
};

struct RunExport {
  QString kind, path, sha256;
};
struct ExportParity {
  QString exported;  // as RunExport::kind
  double klMean = StepPoint::kNone, klMax = StepPoint::kNone, agreement = StepPoint::kNone;
  bool passed = false;
};

// What the events of a run say so far. An immutable value, implicitly shared: cheap to copy, and what was handed out never
// changes. Its size is bounded however long the run is: curves are thinned to kMostPoints, routing to kMostRouting.
class JobRun {
 public:
  static constexpr int kMostPoints = 4096, kMostRouting = 64, kMostEvaluations = 512, kMostDetailed = 64, kMostSessions = 256, kMostExports = 256;

  JobRun();
  JobRun(const JobRun&);
  JobRun(JobRun&&) noexcept;
  JobRun& operator=(const JobRun&);
  JobRun& operator=(JobRun&&) noexcept;
  ~JobRun();

  bool isEmpty() const;                         // no event yet
  bool complete() const;                        // the file has been read to its end; false while a long one is being read
  const QList<StepPoint>& points() const;       // rising steps
  const StepPoint& newest() const;              // the newest step for itself; step 0: none yet
  qint64 step() const;                          // done
  qint64 steps() const;                         // in all
  const QList<EvaluationPoint>& evaluations() const;
  double evaluationLoss() const;                // the newest; NaN: none yet
  const RoutingCounts& routing() const;         // of the newest step
  const QList<RoutingCounts>& routingHistory() const;  // all steps, oldest first, summed over neighbours
  RoutingCounts routingSum() const;             // of all steps
  const QJsonObject& report() const;            // of the newest start, see training_run.h
  const QList<RunSession>& sessions() const;
  double seconds() const;                       // trained, over all sessions
  qint64 checkpointStep() const;                // -1: none yet
  const QString& checkpointPath() const;
  const QList<RunExport>& exports() const;
  const QList<ExportParity>& parity() const;
  std::optional<bool> parityPassed() const;     // of all exports; nothing before it has been measured
  const QString& adapter() const;               // path, when finished
  const QString& stage() const;                 // while it prepares
  double fraction() const;
  const QString& lastEvent() const;             // its "event"
  const QDateTime& lastTime() const;
  const std::optional<Error>& error() const;    // of "failed", when that came last
  qint64 skippedLines() const;                  // that are no events

 private:
  friend class JobRunBuilder;
  struct Data;
  QSharedDataPointer<Data> data_;
};

}  // namespace roundhouse::app
