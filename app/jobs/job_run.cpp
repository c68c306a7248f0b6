// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/job_run.h"

#include <algorithm>
#include <cmath>

#include "app/jobs/job_run_data.h"

namespace roundhouse::app {

JobRun::JobRun() : data_(new Data) {}
JobRun::JobRun(const JobRun&) = default;
JobRun::JobRun(JobRun&&) noexcept = default;
JobRun& JobRun::operator=(const JobRun&) = default;
JobRun& JobRun::operator=(JobRun&&) noexcept = default;
JobRun::~JobRun() = default;

bool JobRun::isEmpty() const { return data_->lastEvent.isEmpty(); }
bool JobRun::complete() const { return data_->complete; }
const QList<StepPoint>& JobRun::points() const { return data_->points; }
const StepPoint& JobRun::newest() const { return data_->newest; }
qint64 JobRun::step() const { return data_->newest.step; }
qint64 JobRun::steps() const { return data_->steps; }
const QList<EvaluationPoint>& JobRun::evaluations() const { return data_->evaluations; }
double JobRun::evaluationLoss() const {
  for (auto each = data_->evaluations.crbegin(); each != data_->evaluations.crend(); ++each) {
    if (!std::isnan(each->loss)) return each->loss;
  }
  return StepPoint::kNone;
}
const RoutingCounts& JobRun::routing() const { return data_->routing; }
const QList<RoutingCounts>& JobRun::routingHistory() const { return data_->routingHistory; }
const QJsonObject& JobRun::report() const { return data_->report; }
const QList<RunSession>& JobRun::sessions() const { return data_->sessions; }
double JobRun::seconds() const { return data_->seconds; }
qint64 JobRun::checkpointStep() const { return data_->checkpointStep; }
const QString& JobRun::checkpointPath() const { return data_->checkpointPath; }
const QList<RunExport>& JobRun::exports() const { return data_->exports; }
const QList<ExportParity>& JobRun::parity() const { return data_->parity; }
std::optional<bool> JobRun::parityPassed() const { return data_->parityPassed; }
const QString& JobRun::adapter() const { return data_->adapter; }
const QString& JobRun::stage() const { return data_->stage; }
double JobRun::fraction() const { return data_->fraction; }
const QString& JobRun::lastEvent() const { return data_->lastEvent; }
const QDateTime& JobRun::lastTime() const { return data_->lastTime; }
const std::optional<Error>& JobRun::error() const { return data_->error; }
qint64 JobRun::skippedLines() const { return data_->skippedLines; }

RoutingCounts JobRun::routingSum() const {
  RoutingCounts sum;
  for (const RoutingCounts& each : data_->routingHistory) {
    if (sum.counts.isEmpty()) {
      sum = each;
      continue;
    }
    if (each.layers != sum.layers || each.experts != sum.experts) continue;  // another model's: cannot be, but for hostile files
    sum.first = std::min(sum.first, each.first);
    sum.last = std::max(sum.last, each.last);
    for (qsizetype i = 0; i < sum.counts.size(); ++i) sum.counts[i] += each.counts[i];
  }
  return sum;
}

}  // namespace roundhouse::app
