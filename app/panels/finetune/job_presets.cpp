// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/job_presets.h"

#include <QCoreApplication>

namespace roundhouse::app {
namespace {

struct JobPresetText {
  Q_DECLARE_TR_FUNCTIONS(JobPresetText)
};

}  // namespace

QString presetName(JobPreset preset) {
  switch (preset) {
    case JobPreset::Gentle: return JobPresetText::tr("Gentle");
    case JobPreset::Experts: return JobPresetText::tr("Experts");
    case JobPreset::Chosen: return JobPresetText::tr("Chosen experts");
    case JobPreset::RawText: return JobPresetText::tr("Raw text");
  }
  return {};
}

QString presetTip(JobPreset preset) {
  switch (preset) {
    case JobPreset::Gentle: return JobPresetText::tr("Attention only, rank 8: a small change of tone and manner.");
    case JobPreset::Experts: return JobPresetText::tr("Attention and all routed experts, rank 16: new facts and tasks.");
    case JobPreset::Chosen: return JobPresetText::tr("Only the experts chosen below, rank 16: the rest of the model stays as it is.");
    case JobPreset::RawText: return JobPresetText::tr("Continues pre-training on plain text, rank 32: every token is learned.");
  }
  return {};
}

TrainingJob withPreset(TrainingJob job, JobPreset preset) {
  const TrainingJob::Adapter before = job.adapter;
  job.adapter = {};
  job.router = {};
  if (job.data.format == "text" && preset != JobPreset::RawText) {
    job.data.format = "auto";
    job.data.too_long = TrainingJob::TooLong::drop;
  }
  job.optimizer.learning_rate = 2e-4;
  switch (preset) {
    case JobPreset::Gentle:
      job.adapter.targets = {"attention"};
      job.adapter.rank = 8;
      job.adapter.alpha = 16;
      break;
    case JobPreset::Experts: break;
    case JobPreset::Chosen:
      job.adapter.targets = {"experts"};
      job.adapter.experts = before.experts;
      job.adapter.expert_score = before.expert_score;
      job.adapter.expert_threshold = before.expert_threshold;
      break;
    case JobPreset::RawText:
      job.data.format = "text";
      job.data.too_long = TrainingJob::TooLong::truncate;
      job.adapter.rank = 32;
      job.adapter.alpha = 64;
      job.optimizer.learning_rate = 1e-4;
      break;
  }
  return job;
}

std::optional<JobPreset> presetOf(const TrainingJob& job) {
  for (const JobPreset preset : kJobPresets) {
    if (withPreset(job, preset) == job) return preset;
  }
  return std::nullopt;
}

}  // namespace roundhouse::app
