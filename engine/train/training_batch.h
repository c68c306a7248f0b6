// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/model/model_spec.h"
#include "engine/ops/batch.h"
#include "roundhouse/result.h"

namespace roundhouse {

// One text to learn from.
struct TrainingSample {
  std::vector<std::int32_t> tokens;
  std::vector<bool> learned;  // [tokens] whether the token is to be predicted; empty: all. The first never is: nothing precedes it
};

// Samples packed into one ragged batch: each a sequence of its own, with its own positions, that sees no other. A row whose
// next token is learned is an output row. Owns the arrays of its Batch; movable, not copyable.
class TrainingBatch {
 public:
  // Fails for a token outside the vocabulary, a sample longer than the context, marks of another length, nothing to learn.
  // `adapter`: the place in the AdapterStack that all rows ask for, -1: none.
  static Result<TrainingBatch> pack(std::span<const TrainingSample> samples, const ModelSpec& spec, std::int32_t adapter = -1);
  TrainingBatch(TrainingBatch&&) = default;
  TrainingBatch& operator=(TrainingBatch&&) = default;

  const Batch& batch() const { return batch_; }
  const std::int32_t* targets() const { return targets_.data(); }  // [outputs]
  std::int64_t learned_tokens() const { return static_cast<std::int64_t>(targets_.size()); }

 private:
  TrainingBatch() = default;

  std::vector<std::int32_t> tokens_, positions_, sequence_, adapter_, outputs_, targets_;
  std::vector<BatchSequence> sequences_;
  Batch batch_;
};

}  // namespace roundhouse
