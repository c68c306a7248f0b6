// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSharedData>

#include "app/jobs/job_run.h"

namespace roundhouse::app {

struct JobRun::Data : public QSharedData {
  bool complete = false;
  QList<StepPoint> points;
  StepPoint newest;
  qint64 steps = 0, checkpointStep = -1, skippedLines = 0;
  QList<EvaluationPoint> evaluations;
  RoutingCounts routing;
  QList<RoutingCounts> routingHistory;
  QJsonObject report;
  QList<RunSession> sessions;
  double seconds = 0, fraction = 0;
  QString checkpointPath, adapter, stage, lastEvent;
  QList<RunExport> exports;
  QList<ExportParity> parity;
  std::optional<bool> parityPassed;
  QDateTime lastTime;
  std::optional<Error> error;
};

}  // namespace roundhouse::app
