// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

#include "app/jobs/job_info.h"
#include "app/jobs/job_run.h"
#include "app/jobs/worker.h"

namespace roundhouse::app {

// What is known of a worker that works no more.
struct EndFacts {
  QString job;                   // name, for the text
  QString wanted;                // jobStateName() of paused or cancelled, if that was asked for
  QString event;                 // the last one, when it was written since the worker was started; else ""
  std::optional<Error> error;    // of that event
  bool begun = false;            // there are events since then
  std::optional<WorkerEnd> end;  // when it was this program's child
  QString words;                 // lastWords()
};
struct JobEnd {
  JobState state = JobState::interrupted;
  std::optional<Error> error;
};

// The event decides; without one the exit status; without that it was killed.
JobEnd endOf(const EndFacts& facts);

}  // namespace roundhouse::app
