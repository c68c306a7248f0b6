// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/train/adamw.h"
#include "engine/train/parameter.h"
#include "roundhouse/result.h"

namespace roundhouse {

// What a run must have in common with a checkpoint to go on from it.
struct TrainingIdentity {
  std::string model_sha256;
  std::string data_sha256;   // of the training samples' tokens and marks
  std::string plan;          // whatever else decides what a step does: a text
  bool operator==(const TrainingIdentity&) const = default;
};

// Checkpoints of a run: folders checkpoint-<step> with state.safetensors (values and moments) and state.json
// (step, identity, names, digest of the former). Each appears whole, durable and under its name, or not at all. With the
// order of samples, which follows from the step, they hold all there is: going on from one gives the same bits. Blocks.
class CheckpointFolder {
 public:
  explicit CheckpointFolder(std::string run) : run_(std::move(run)) {}

  // Writes the state after `step` steps, then deletes all but the newest `keep`. Returns the folder's path.
  Result<std::string> write(std::int64_t step, std::span<const Parameter> parameters, const AdamW::State& moments,
                            const TrainingIdentity& identity, std::int64_t keep) const;

  struct Restored {
    std::int64_t step = 0;
    AdamW::State moments;
    std::vector<std::string> skipped;  // newer checkpoints that could not be read, with the reason
  };
  // Puts the newest whole checkpoint's values into `parameters`. Nothing: there is none. Fails when checkpoints are there
  // but none can be read, or when the newest is of another model, other data or another job (which is named).
  Result<std::optional<Restored>> restore(std::span<const Parameter> parameters, const TrainingIdentity& identity) const;

  // Steps of those that are there, ascending.
  std::vector<std::int64_t> steps() const;

 private:
  std::string path_of(std::int64_t step) const;
  Result<Restored> read(std::int64_t step, std::span<const Parameter> parameters, const TrainingIdentity& identity) const;

  std::string run_;
};

}  // namespace roundhouse
