// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

#include "app/jobs/job_info.h"
#include "app/jobs/job_run.h"

namespace roundhouse::app {

// Jobs and runs in the window's language.
QString stateText(JobState state);
QString stateIcon(JobState state);
// "Running · step 12 of 72 · loss 1.23"
QString jobLine(const JobInfo& job);
// What remains, by the speed so far: nothing before the first steps and when it does not run.
std::optional<double> secondsLeft(const JobInfo& job, const JobRun& run);
// What a worker does before its first step.
QString trainingStageText(const QString& stage);
QString kindText(const QString& exportKind);

}  // namespace roundhouse::app
