// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/runtime/model_runtime.h"
#include "engine/train/adamw.h"
#include "engine/train/checkpoint.h"
#include "engine/train/lora_training.h"
#include "engine/train/run_folder.h"
#include "engine/train/sample_order.h"
#include "engine/train/schedule.h"
#include "engine/train/training_batch.h"
#include "roundhouse/cancel.h"
#include "roundhouse/model.h"
#include "roundhouse/training_job.h"

namespace roundhouse {

// What a loop needs of the world. Shared, read-only but for the backend.
struct TrainingParts {
  std::shared_ptr<const TextModel> model;
  std::shared_ptr<SharedBackend> backend;    // a training backend that has the model's weights prepared
  std::uint64_t first_id = 0;                // from here on ids of the backend are free
  ModelText text;
  std::vector<TrainingSample> train;         // none is empty of learned tokens
  std::vector<TrainingSample> evaluation;    // may be none
  std::string model_sha256;
  std::uint64_t activation_bytes = std::uint64_t{1} << 30;  // see LoraTrainingOptions
};

// The steps of a fine-tune: batches, gradients, optimiser, evaluations, checkpoints, told as events (training_run.h). One
// thread at a time; movable.
class TrainingLoop {
 public:
  // Plans what will train. The job is checked (check_training_job).
  static Result<TrainingLoop> create(const TrainingJob& job, TrainingParts parts);

  std::int64_t steps() const { return schedule_.steps; }
  std::int64_t tokens() const;                     // through the model in all steps
  LoraTraining& training() { return training_; }
  const AdamW& optimiser() const { return optimiser_; }
  std::vector<std::int64_t> first_indices() { return order_.step(0); }  // of training samples: those of step 1
  const TrainingParts& parts() const { return parts_; }
  double epochs() const { return static_cast<double>(schedule_.steps * job_.steps.samples) / static_cast<double>(parts_.train.size()); }

  // Puts the newest checkpoint of the run in force; the step it is of, 0: there is none. Before run().
  Result<std::int64_t> restore(const RunFolder& folder);
  // From where it stands to the last step; evaluates before the first and at the end. A raised `pause` is looked at between
  // steps: then a checkpoint is written and the result is `cancelled`. Any other error: the last checkpoint stands.
  Status run(RunFolder& folder, const CancelToken& pause);
  std::int64_t step() const { return step_; }      // those done

 private:
  struct Sums;  // of a step

  TrainingLoop(const TrainingJob& job, TrainingParts parts, LoraTraining training, SampleOrder order, Schedule schedule);
  Status take_step(RunFolder& folder);
  Result<std::vector<TrainingBatch>> batches_of(std::span<const TrainingSample> samples, std::int32_t adapter) const;
  Status evaluate(RunFolder& folder);
  Status answer(RunFolder& folder);
  Status keep(RunFolder& folder);

  TrainingJob job_;
  TrainingParts parts_;
  LoraTraining training_;
  SampleOrder order_;
  Schedule schedule_;
  AdamW optimiser_;
  TrainingIdentity identity_;
  std::int64_t step_ = 0, kept_ = -1;             // kept_: the step of the newest checkpoint
  std::vector<std::vector<std::int32_t>> base_experts_;  // of each batch of the evaluation, without the adapter
};

}  // namespace roundhouse
