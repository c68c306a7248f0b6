// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

#include "roundhouse/training_job.h"

namespace roundhouse::app {

// Where most people start. A preset sets what is trained and how fast, and nothing else of a job.
enum class JobPreset { Gentle, Experts, Chosen, RawText };
inline constexpr JobPreset kJobPresets[] = {JobPreset::Gentle, JobPreset::Experts, JobPreset::Chosen, JobPreset::RawText};

QString presetName(JobPreset preset);
QString presetTip(JobPreset preset);
TrainingJob withPreset(TrainingJob job, JobPreset preset);
// The preset that the job is still as; none after a change of what it sets.
std::optional<JobPreset> presetOf(const TrainingJob& job);

}  // namespace roundhouse::app
