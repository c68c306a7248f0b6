// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "engine/train/adamw.h"
#include "engine/train/lora_plan.h"
#include "engine/train/schedule.h"
#include "roundhouse/training_job.h"

namespace roundhouse {

// A job's words as the settings of the parts that do the work.
LoraPlan lora_plan_of(const TrainingJob& job);
AdamWSettings adamw_settings_of(const TrainingJob& job);
Schedule schedule_of(const TrainingJob& job, std::int64_t steps);

// All of a job that decides what its steps compute: equal texts, model, data and number of steps give equal runs. Where it runs, where it
// writes, what it evaluates and how often is left out, so that these may change before a resume.
std::string numeric_plan_of(const TrainingJob& job, std::int64_t steps);

}  // namespace roundhouse
