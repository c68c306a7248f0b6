// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/sequence_run.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace roundhouse::conformance {

namespace {

// One sequence with a cache of its own, fed in steps.
class CachedSequence {
 public:
  static Result<CachedSequence> create(const TextModel& model, Backend& backend, std::int32_t context) {
    const ModelSpec& spec = model.spec();
    const AttentionSpec& attention = spec.layers.front().attention;
    const std::int32_t pages = (context + KvCache::page_tokens - 1) / KvCache::page_tokens;
    RH_ASSIGN(auto cache, backend.create_cache(static_cast<std::int32_t>(spec.layers.size()), pages, attention.kv_heads,
                                               attention.key_dim, attention.value_dim, model.weights().cache_type()));
    return CachedSequence(model, backend, std::move(cache), pages);
  }

  // Logits of the last `outputs` rows are appended to `logits`; routes to `run`.
  void step(const std::int32_t* ids, std::int32_t rows, std::int32_t outputs, std::vector<float>& logits, SequenceRun* run) {
    std::vector<std::int32_t> positions, sequence(static_cast<std::size_t>(rows), 0), slots, wanted;
    for (std::int32_t r = 0; r < rows; ++r) {
      positions.push_back(cached_ + r);
      slots.push_back(pages_[static_cast<std::size_t>((cached_ + r) / KvCache::page_tokens)] * KvCache::page_tokens + (cached_ + r) % KvCache::page_tokens);
      if (r >= rows - outputs) wanted.push_back(r);
    }
    const BatchSequence part{0, rows, cached_, pages_.data()};
    Batch batch;
    batch.rows = rows;
    batch.tokens = ids;
    batch.positions = positions.data();
    batch.sequence = sequence.data();
    batch.cache_slot = slots.data();
    batch.sequences = {&part, 1};
    batch.output_rows = wanted.data();
    batch.outputs = outputs;
    batch.cache = cache_.get();
    const RoutingLayout layout = model_->spec().routing_layout();
    std::vector<TraceRow> trace;
    const auto layers = layout.layers.size();
    const auto k = static_cast<std::size_t>(layout.max_top_k());
    batch.routed_layers = static_cast<std::int32_t>(layers);
    if (run && layers > 0) {
      const std::size_t from = run->route_ids.size();
      run->route_ids.resize(from + static_cast<std::size_t>(rows) * layers * k, 0xFFFF);
      run->route_weights.resize(run->route_ids.size());
      for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
        trace.push_back({run->route_ids.data() + from + r * layers * k, run->route_weights.data() + from + r * layers * k, nullptr});
      }
      batch.trace = trace.data();
      batch.trace_k = static_cast<std::int32_t>(k);
      batch.trace_experts = layout.max_experts();
    }
    const Ops::Mark mark = backend_->mark();
    const Tensor result = model_->forward(*backend_, batch);
    if (outputs > 0) {
      const std::size_t from = logits.size();
      logits.resize(from + static_cast<std::size_t>(result.elements()));
      backend_->read(result, logits.data() + from);
    }
    backend_->release(mark);
    cached_ += rows;
  }

 private:
  using Cache = std::unique_ptr<KvCache, void (*)(KvCache*)>;
  CachedSequence(const TextModel& model, Backend& backend, Cache cache, std::int32_t pages)
      : model_(&model), backend_(&backend), cache_(std::move(cache)) {
    // Backwards, so that a page table that is ignored shows.
    for (std::int32_t p = pages; p-- > 0;) pages_.push_back(p);
  }
  const TextModel* model_;
  Backend* backend_;
  Cache cache_;
  std::vector<std::int32_t> pages_;
  std::int32_t cached_ = 0;
};

}  // namespace

std::int32_t most_likely(std::span<const float> logits) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (std::isnan(logits[i])) return -1;
    if (logits[i] > logits[best]) best = i;
  }
  return static_cast<std::int32_t>(best);
}

Result<SequenceRun> run_sequence(const TextModel& model, Backend& backend, const std::vector<std::int32_t>& ids, std::int32_t chunk) {
  const auto count = static_cast<std::int32_t>(ids.size());
  RH_ASSIGN(CachedSequence sequence, CachedSequence::create(model, backend, count));
  SequenceRun run;
  const RoutingLayout layout = model.spec().routing_layout();
  run.k = layout.max_top_k();
  run.routed_layers = static_cast<std::int32_t>(layout.layers.size());
  for (std::int32_t at = 0; at < count; at += chunk) {
    const std::int32_t rows = std::min(chunk, count - at);
    sequence.step(ids.data() + at, rows, rows, run.logits, &run);
  }
  return run;
}

Result<std::vector<std::int32_t>> run_greedy(const TextModel& model, Backend& backend, std::vector<std::int32_t> ids, int count) {
  const auto given = static_cast<std::int32_t>(ids.size());
  RH_ASSIGN(CachedSequence sequence, CachedSequence::create(model, backend, given + count));
  std::vector<float> logits;
  sequence.step(ids.data(), given, 1, logits, nullptr);
  std::vector<std::int32_t> drawn;
  for (;;) {
    const std::int32_t next = most_likely(logits);
    if (next < 0) return Error{ErrorCode::malformed, "draw token", "token " + std::to_string(drawn.size()), "finite logits", "NaN"};
    drawn.push_back(next);
    if (static_cast<int>(drawn.size()) == count) return drawn;
    logits.clear();
    sequence.step(&drawn.back(), 1, 1, logits, nullptr);
  }
}

}  // namespace roundhouse::conformance
