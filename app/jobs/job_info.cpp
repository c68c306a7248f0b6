// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/job_info.h"

#include <array>

namespace roundhouse::app {
namespace {
constexpr std::array kNames = {"queued", "running", "paused", "finished", "failed", "cancelled", "interrupted"};
}  // namespace

QString jobStateName(JobState state) { return QLatin1String(kNames[size_t(state)]); }

std::optional<JobState> jobStateOf(const QString& name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (name == QLatin1String(kNames[i])) return JobState(i);
  }
  return std::nullopt;
}

}  // namespace roundhouse::app
