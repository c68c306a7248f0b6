// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/adapter_stack.h"
#include "engine/model/text_model.h"
#include "engine/ops/backend.h"
#include "engine/runtime/sampler.h"
#include "roundhouse/session.h"

namespace roundhouse {

// A backend and the lock under which one thread at a time uses it. Shared by all models of an engine.
struct SharedBackend {
  std::unique_ptr<Backend> backend;
  std::mutex mutex;
};

struct TokenRequest {
  std::vector<std::int32_t> prompt;  // not empty, shorter than the context
  SamplingSettings sampling;
  std::uint64_t seed = 0;
  std::function<bool(std::int32_t)> is_end;  // end-of-generation tokens; empty: none
  std::optional<std::int32_t> score_from;    // set: draw nothing, sum ln p of prompt[score_from ...]
};

struct TokenResult {
  FinishReason finish = FinishReason::failed;
  std::optional<Error> error;
  std::vector<std::int32_t> tokens;  // drawn, without the end token
  double scored_logprob = 0.0;       // with score_from
  GenerationStats stats;
};

// On the runtime's thread. `token` returns false to stop after this one (the text floor found a stop string).
struct TokenCallbacks {
  std::function<void(std::int32_t evaluated, std::int32_t total)> prompt_progress;
  std::function<bool(const DrawnToken&, std::int32_t position)> token;
  std::function<void(TokenResult)> finished;
};

struct SequenceOptions {
  std::int32_t context_tokens = 0;
  bool trace = true, trace_scores = true;
};

// The tokens of one session and what is cached of them. Made by ModelRuntime; all access through it.
class Sequence;

// Runs one model for any number of sequences on a thread of its own: every step is one ragged batch of the next rows of
// all active sequences (continuous batching; a long prompt goes in chunks of about 40 ms, so nobody stalls and a
// cancel is seen in time). All methods from any thread. A sequence that needs memory which is not there ends with
// out_of_memory; the others and the runtime go on.
class ModelRuntime {
 public:
  struct Options {
    std::int32_t context_tokens = 0;    // per sequence at most, and what the KV cache has room for, all together
    std::int32_t token_count = 0;       // of the tokenizer: ids from there on only pad the output matrix and do not
                                        // exist for prompts, draws and probabilities; 0: the model's vocabulary
    std::function<Status()> verify_unchanged;  // the mapped file; may be empty
    std::vector<std::string> adapters;  // beside the model's weights, in the order of the stack
    std::shared_ptr<const AdapterStack> adapter_stack;  // their weights, prepared as the model's; null: without effect (tests)
    TraceProvenance provenance;         // of traces; adapter, edits and time are filled in
  };
  static Result<std::unique_ptr<ModelRuntime>> create(std::shared_ptr<const TextModel> model,
                                                      std::shared_ptr<SharedBackend> backend, Options options);
  ~ModelRuntime();  // cancels what runs

  std::shared_ptr<Sequence> create_sequence(const SequenceOptions& options);
  // Refuses (conflict) while the sequence is busy. Reuses the cached prefix of `prompt`.
  Status submit(const std::shared_ptr<Sequence>& sequence, TokenRequest request, TokenCallbacks callbacks);
  void cancel(const std::shared_ptr<Sequence>& sequence);
  bool busy(const std::shared_ptr<Sequence>& sequence) const;
  Status set_edits(const std::shared_ptr<Sequence>& sequence, RoutingEdits edits);
  RoutingEdits edits(const std::shared_ptr<Sequence>& sequence) const;
  // By its name in Options::adapters; empty: none. From the next request on; what is cached under another is not reused.
  Status set_adapter(const std::shared_ptr<Sequence>& sequence, const std::string& name);
  std::string adapter(const std::shared_ptr<Sequence>& sequence) const;
  RoutingTrace trace(const std::shared_ptr<Sequence>& sequence) const;
  std::vector<std::int32_t> tokens(const std::shared_ptr<Sequence>& sequence) const;
  Status reset(const std::shared_ptr<Sequence>& sequence);
  std::uint64_t cache_bytes() const;        // of the whole KV cache
  std::uint64_t cache_bytes_used() const;   // of pages that sequences hold
  std::uint64_t trace_bytes() const;
  const TextModel& model() const;

 private:
  struct Impl;
  explicit ModelRuntime(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace roundhouse
