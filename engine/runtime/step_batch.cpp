// SPDX-License-Identifier: Apache-2.0
#include "engine/runtime/step_batch.h"

#include <algorithm>
#include <cstring>

#include "engine/runtime/trace_recorder.h"

namespace roundhouse {

StepBatch::StepBatch(const RoutingLayout& layout) : layout_(layout) {}

void StepBatch::build(const std::vector<StepPart>& parts, KvCache* cache) {
  sequences_.clear();
  tokens_.clear();
  positions_.clear();
  sequence_.clear();
  slots_.clear();
  edit_.clear();
  adapter_.clear();
  outputs_.clear();
  edits_.clear();
  bool any_trace = false, any_scores = false, any_adapter = false;
  std::int32_t trace_k = 0;
  for (const StepPart& part : parts) {
    const auto index = static_cast<std::int32_t>(sequences_.size());
    sequences_.push_back({static_cast<std::int32_t>(tokens_.size()), part.rows, part.first_position, part.pages});
    std::int32_t edit = -1;
    if (part.edits) {
      edit = static_cast<std::int32_t>(edits_.size());
      edits_.push_back(*part.edits);
    }
    for (std::int32_t r = 0; r < part.rows; ++r) {
      const std::int32_t position = part.first_position + r;
      if (r >= part.first_output) outputs_.push_back(static_cast<std::int32_t>(tokens_.size()));
      tokens_.push_back(part.tokens[r]);
      positions_.push_back(position);
      sequence_.push_back(index);
      slots_.push_back(part.pages[position / KvCache::page_tokens] * KvCache::page_tokens + position % KvCache::page_tokens);
      edit_.push_back(position >= part.edits_from ? edit : -1);
      adapter_.push_back(part.adapter);
    }
    any_adapter |= part.adapter >= 0;
    any_trace |= part.trace;
    any_scores |= part.trace_scores;
    trace_k = std::max(trace_k, part.trace_k);
  }
  const std::size_t rows = tokens_.size(), layers = layout_.layers.size();
  const auto k = static_cast<std::size_t>(trace_k), experts = static_cast<std::size_t>(layout_.max_experts());
  batch_ = {};
  batch_.rows = static_cast<std::int32_t>(rows);
  batch_.tokens = tokens_.data();
  batch_.positions = positions_.data();
  batch_.sequence = sequence_.data();
  batch_.cache_slot = slots_.data();
  batch_.edit = edits_.empty() ? nullptr : edit_.data();
  batch_.edits = edits_;
  batch_.adapter = any_adapter ? adapter_.data() : nullptr;
  batch_.edit_experts = layout_.max_experts();
  batch_.routed_layers = static_cast<std::int32_t>(layers);
  batch_.sequences = sequences_;
  batch_.output_rows = outputs_.data();
  batch_.outputs = static_cast<std::int32_t>(outputs_.size());
  batch_.cache = cache;
  if (!any_trace) return;
  ids_.assign(rows * layers * k, no_expert);
  weights_.assign(rows * layers * k, 0.0f);
  if (any_scores) scores_.resize(rows * layers * experts);
  trace_.assign(rows, {});
  for (std::size_t p = 0; p < parts.size(); ++p) {
    if (!parts[p].trace) continue;
    for (std::int32_t r = 0; r < parts[p].rows; ++r) {
      const auto row = static_cast<std::size_t>(sequences_[p].first_row + r);
      trace_[row] = {ids_.data() + row * layers * k, weights_.data() + row * layers * k,
                     parts[p].trace_scores ? scores_.data() + row * layers * experts : nullptr};
    }
  }
  batch_.trace = trace_.data();
  batch_.trace_k = trace_k;
  batch_.trace_experts = layout_.max_experts();
}

void StepBatch::copy_trace(std::size_t index, std::int32_t first, TraceRecorder& recorder) const {
  const BatchSequence& part = sequences_[index];
  const std::size_t layers = layout_.layers.size(), experts = static_cast<std::size_t>(layout_.max_experts());
  const auto from_k = static_cast<std::size_t>(batch_.trace_k), to_k = static_cast<std::size_t>(recorder.top_k());
  const std::size_t k = std::min(from_k, to_k);
  for (std::int32_t r = std::max(0, first - part.cached_tokens); r < part.rows; ++r) {
    const TraceRow& from = trace_[static_cast<std::size_t>(part.first_row + r)];
    const TraceRow to = recorder.row(part.cached_tokens + r, tokens_[static_cast<std::size_t>(part.first_row + r)]);
    for (std::size_t l = 0; l < layers; ++l) {
      std::memcpy(to.ids + l * to_k, from.ids + l * from_k, k * sizeof(std::uint16_t));
      std::memcpy(to.weights + l * to_k, from.weights + l * from_k, k * sizeof(float));
    }
    if (to.scores && from.scores) std::memcpy(to.scores, from.scores, layers * experts * sizeof(float));
  }
}

}  // namespace roundhouse
