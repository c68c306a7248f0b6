// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include "app/jobs/job_run.h"

namespace roundhouse::app {

// Makes snapshots of a run from its events. One thread.
class JobRunBuilder {
 public:
  // False: the line is no event, and was counted as skipped. `offset`: bytes before it in the file.
  bool add(const QByteArray& line, qint64 offset);
  void addSkipped(qint64 lines);
  void setComplete(bool complete);
  void clear();

  const JobRun& run() const { return run_; }
  // Where the line of the newest event begins; -1: none.
  qint64 lastOffset() const { return last_offset_; }

 private:
  JobRun::Data& data();
  void addStep(const QJsonObject& event);
  void addPoint(const StepPoint& point);
  void addRouting(const QJsonObject& routing, qint64 step);
  void addEvaluation(const QJsonObject& event);
  void addAnswers(const QJsonObject& event);
  EvaluationPoint& evaluationAt(qint64 step);
  void addParity(const QJsonObject& event);
  void beginSession(const QJsonObject& event, const QDateTime& time);
  void endSession(const QString& end, const QDateTime& time, qint64 step);
  void dropAfter(qint64 step);

  JobRun run_;
  qint64 last_offset_ = -1;
  int point_steps_ = 1;     // steps that one point stands for
  int routing_steps_ = 1;
};

// As the worker writes them: {code, operation, object, expected, received}.
Error errorOfJson(const QJsonObject& object);
QJsonObject jsonOfError(const Error& error);

}  // namespace roundhouse::app
