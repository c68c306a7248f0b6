// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/ops/batch.h"
#include "roundhouse/routing.h"

namespace roundhouse {

class Sequence;
class TraceRecorder;

// One sequence's rows of a step. Pointers stay valid until the step has been applied.
struct StepPart {
  std::shared_ptr<Sequence> sequence;
  const std::int32_t* tokens = nullptr;  // [rows]
  std::int32_t first_position = 0, rows = 0;
  std::int32_t first_output = 0;         // rows from here on give logits; == rows: none
  const std::int32_t* pages = nullptr;
  std::optional<EditTable> edits;
  std::int32_t edits_from = 0;           // position
  std::int32_t adapter = -1;
  bool trace = false, trace_scores = false;
  std::int32_t trace_k = 0;
};

// Builds the ragged batch of a step and holds its arrays. Routing is recorded here first (one stride for all rows, as a
// device would write it) and then copied to each sequence's recorder. One thread.
class StepBatch {
 public:
  explicit StepBatch(const RoutingLayout& layout);
  void build(const std::vector<StepPart>& parts, KvCache* cache);
  const Batch& batch() const { return batch_; }
  // Part `index` of the last build(), positions from `first` on -> recorder.
  void copy_trace(std::size_t index, std::int32_t first, TraceRecorder& recorder) const;

 private:
  RoutingLayout layout_;
  Batch batch_;
  std::vector<BatchSequence> sequences_;
  std::vector<std::int32_t> tokens_, positions_, sequence_, slots_, edit_, adapter_, outputs_;
  std::vector<EditTable> edits_;
  std::vector<TraceRow> trace_;
  std::vector<std::uint16_t> ids_;     // [rows, layers, trace_k]
  std::vector<float> weights_;         // [rows, layers, trace_k]
  std::vector<float> scores_;          // [rows, layers, experts]
};

}  // namespace roundhouse
