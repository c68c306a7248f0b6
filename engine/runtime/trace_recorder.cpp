// SPDX-License-Identifier: Apache-2.0
#include "engine/runtime/trace_recorder.h"

namespace roundhouse {

TraceRecorder::TraceRecorder(RoutingLayout layout, bool scores)
    : layout_(std::move(layout)), scores_(scores), top_k_(layout_.max_top_k()) {}

std::shared_ptr<TraceChunk> TraceRecorder::new_chunk() const {
  auto chunk = std::make_shared<TraceChunk>();
  const std::size_t rows = TraceChunk::tokens, layers = layout_.layers.size();
  chunk->token_ids.assign(rows, 0);
  chunk->ids.assign(rows * layers * static_cast<std::size_t>(top_k_), no_expert);
  chunk->weights.assign(rows * layers * static_cast<std::size_t>(top_k_), 0.0f);
  if (scores_) chunk->scores.assign(rows * layers * static_cast<std::size_t>(score_stride()), 0.0f);
  return chunk;
}

void TraceRecorder::truncate(std::int32_t position) {
  const std::size_t whole = static_cast<std::size_t>(position) / TraceChunk::tokens;
  const bool partial = position % TraceChunk::tokens != 0;
  // The copy first: without memory for it nothing has changed.
  if (partial && chunks_.size() > whole && chunks_[whole].use_count() > 1) chunks_[whole] = std::make_shared<TraceChunk>(*chunks_[whole]);
  if (chunks_.size() > whole + (partial ? 1 : 0)) chunks_.resize(whole + (partial ? 1 : 0));
}

void TraceRecorder::set_top_k(std::int32_t top_k) {
  if (top_k == top_k_) return;
  top_k_ = top_k;
  chunks_.clear();
}

TraceRow TraceRecorder::row(std::int32_t position, std::int32_t token) {
  const auto index = static_cast<std::size_t>(position) / TraceChunk::tokens;
  const auto offset = static_cast<std::size_t>(position) % TraceChunk::tokens;
  while (chunks_.size() <= index) chunks_.push_back(new_chunk());
  TraceChunk& chunk = *chunks_[index];
  chunk.token_ids[offset] = token;
  const std::size_t layers = layout_.layers.size(), k = static_cast<std::size_t>(top_k_);
  TraceRow row;
  row.ids = chunk.ids.data() + offset * layers * k;
  row.weights = chunk.weights.data() + offset * layers * k;
  if (scores_) row.scores = chunk.scores.data() + offset * layers * static_cast<std::size_t>(score_stride());
  return row;
}

RoutingTrace TraceRecorder::snapshot(std::int32_t count, std::int32_t prompt_tokens, TraceProvenance provenance) const {
  std::vector<std::shared_ptr<const TraceChunk>> chunks;
  const std::size_t needed = (static_cast<std::size_t>(count) + TraceChunk::tokens - 1) / TraceChunk::tokens;
  for (std::size_t i = 0; i < needed && i < chunks_.size(); ++i) chunks.push_back(chunks_[i]);
  return RoutingTrace(layout_, top_k_, scores_, std::move(chunks), count, prompt_tokens, std::move(provenance));
}

std::uint64_t TraceRecorder::bytes() const {
  std::uint64_t total = 0;
  for (const auto& chunk : chunks_) {
    total += chunk->token_ids.size() * 4 + chunk->ids.size() * 2 + (chunk->weights.size() + chunk->scores.size()) * 4;
  }
  return total;
}

}  // namespace roundhouse
