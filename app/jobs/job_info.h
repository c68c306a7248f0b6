// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QList>
#include <QString>

#include <limits>
#include <optional>

#include "roundhouse/result.h"
#include "roundhouse/training_job.h"

namespace roundhouse::app {

enum class JobState : quint8 {
  queued,       // waits for its turn
  running,      // a worker has it; also while it prepares
  paused,       // ended on request with a checkpoint
  finished,
  failed,       // `error` says why
  cancelled,    // ended for good on request; what it has written stays
  interrupted,  // the worker was killed, or the machine went down; `error` says what is known. Can be resumed.
};

// "queued" ...; what stands in the store.
QString jobStateName(JobState state);
std::optional<JobState> jobStateOf(const QString& name);

// A job as lists show it. A value.
struct JobInfo {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

  QString id;      // the folder's name, unless the job names another folder
  QString name;
  QString folder;  // of the run, absolute
  JobState state = JobState::queued;
  bool ending = false;               // pause or cancellation has been asked for, the step is being finished
  QDateTime created, started, ended; // UTC; started: the first time. Invalid: not yet
  qint64 step = 0, steps = 0;        // done and in all; 0 of 0 until it is known
  double loss = kNone, evaluationLoss = kNone;  // the newest; NaN: none yet
  QString stage;                     // while it prepares: what it does, or just "preparing"; empty while it trains
  double fraction = 0;               // of the stage, 0..1
  std::optional<Error> error;        // of failed and interrupted
  TrainingJob job;                   // `output` is `folder`

  bool active() const { return state == JobState::queued || state == JobState::running; }
  bool canPause() const { return state == JobState::running && !ending; }
  // A second time while it ends: kills the worker.
  bool canCancel() const { return active() || state == JobState::paused || state == JobState::interrupted; }
  bool canResume() const {
    return state == JobState::paused || state == JobState::interrupted || state == JobState::failed || state == JobState::cancelled;
  }
};

}  // namespace roundhouse::app
