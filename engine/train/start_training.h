// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "engine/train/lora_training.h"
#include "roundhouse/training_job.h"

namespace roundhouse {

// The fresh weights that a job trains, beside the model on a training backend that has it prepared. `id`: see LoraTraining.
// `samples`: what experts are scored on, where the job asks for it. Refused: what the job names and the model has not; methods
// that are not there for what it names.
Result<LoraTraining> start_training(const TrainingJob& job, const std::shared_ptr<const TextModel>& model, Backend& backend, std::uint64_t id,
                                    std::uint64_t activation_bytes, std::span<const TrainingSample> samples);

}  // namespace roundhouse
