// SPDX-License-Identifier: Apache-2.0
#include "engine/train/job_settings.h"

namespace roundhouse {

LoraPlan lora_plan_of(const TrainingJob& job) {
  LoraPlan plan;
  plan.targets = job.adapter.targets;
  plan.exclude = job.adapter.exclude;
  plan.experts = job.adapter.experts;
  plan.rank = job.adapter.rank;
  plan.alpha = job.adapter.alpha;
  plan.rank_stabilised = job.adapter.rank_stabilised;
  plan.magnitudes = job.adapter.method == TrainingJob::Method::dora;
  plan.seed = job.seed;
  return plan;
}

AdamWSettings adamw_settings_of(const TrainingJob& job) {
  AdamWSettings settings;
  settings.learning_rate = job.optimizer.learning_rate;
  settings.beta1 = job.optimizer.beta1;
  settings.beta2 = job.optimizer.beta2;
  settings.epsilon = job.optimizer.epsilon;
  settings.weight_decay = job.optimizer.weight_decay;
  settings.moments = job.optimizer.moments == TrainingJob::Moments::int8 ? AdamWSettings::Moments::int8 : AdamWSettings::Moments::float32;
  return settings;
}

Schedule schedule_of(const TrainingJob& job, std::int64_t steps) {
  Schedule schedule;
  switch (job.optimizer.schedule) {
    case TrainingJob::Schedule::constant: schedule.kind = ScheduleKind::constant; break;
    case TrainingJob::Schedule::cosine: schedule.kind = ScheduleKind::cosine; break;
    case TrainingJob::Schedule::wsd: schedule.kind = ScheduleKind::warmup_stable_decay; break;
  }
  schedule.steps = steps;
  schedule.warmup_steps = job.optimizer.warmup_steps;
  schedule.decay_steps = job.optimizer.decay_steps;
  schedule.floor = job.optimizer.floor;
  return schedule;
}

std::string numeric_plan_of(const TrainingJob& job, std::int64_t steps) {
  TrainingJob plain;
  plain.seed = job.seed;
  plain.adapter = job.adapter;
  plain.router = job.router;
  plain.optimizer = job.optimizer;
  plain.steps = job.steps;
  plain.steps.steps = steps;
  plain.compute.precision = job.compute.precision;
  return training_job_yaml(plain);
}

}  // namespace roundhouse
