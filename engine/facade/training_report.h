// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/io/json.h"
#include "engine/train/training_loop.h"
#include "roundhouse/model.h"
#include "roundhouse/training_job.h"

namespace roundhouse {

// What training will take, for the report before the start.
struct TrainingPrediction {
  std::uint64_t memory_bytes = 0;  // resident at its peak
  double seconds = 0.0;            // steps alone, without evaluations
};

// "trained" of TrainingRun::report_json(): modules, groups, counts.
Json trained_json(const TrainingJob& job, LoraTraining& training, std::uint64_t model_parameters);
// "router": what becomes of it.
Json router_json(const TrainingJob& job);

// What a token of a step takes, measured on a few of the first samples: time through forward and backward pass, and the backend's
// working space. Changes nothing but gradients, which are cleared.
struct TrainingProbe {
  double token_s = 0.0;
  std::uint64_t token_bytes = 0;
};
Result<TrainingProbe> probe_training(TrainingLoop& loop);

// `weights_bytes`: of the model, however they lie.
TrainingPrediction predict_training(const TrainingJob& job, TrainingLoop& loop, std::uint64_t weights_bytes, const TrainingProbe& probe);

}  // namespace roundhouse
