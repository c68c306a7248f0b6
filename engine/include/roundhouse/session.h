// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "roundhouse/cancel.h"
#include "roundhouse/message.h"
#include "roundhouse/result.h"
#include "roundhouse/routing.h"
#include "roundhouse/sampling.h"
#include "roundhouse/trace.h"

namespace roundhouse {

struct SessionOptions {
  std::int32_t context_tokens = 0;  // 0: the model's
  std::string conversation;         // goes into the audit log
  bool trace = true;                // record expert ids and weights
  bool trace_scores = true;         // and all router scores
};

struct TokenAlternative { std::int32_t id; float logprob; };

// One drawn token. `text` is what can be shown now: whole UTF-8 characters, possibly none yet or several tokens' worth.
struct TokenEvent {
  std::int32_t id = 0;
  std::int32_t position = 0;         // in the context; index into the trace once the token has been evaluated. -1: no token,
                                     // but text that had been held back, released at the end of the answer
  std::string text;                  // appended to the answer; empty while a character is incomplete or text is held
  std::uint32_t text_begin = 0, text_end = 0;  // bytes of the answer this token stands for
  float logprob = 0.0f;              // natural logarithm, after the temperature and filters are removed
  std::vector<TokenAlternative> alternatives;
};

enum class FinishReason { end_token, stop_string, max_tokens, context_full, cancelled, refused, failed };
const char* finish_reason_name(FinishReason reason);

struct GenerationStats {
  std::int32_t prompt_tokens = 0;     // length of the whole prompt
  std::int32_t reused_tokens = 0;     // of those, found in the KV cache
  std::int32_t evaluated_tokens = 0;  // of those, run through the model now
  std::int32_t generated_tokens = 0;
  std::int32_t dropped_messages = 0;  // oldest messages left out because the context was full; told to the user
  std::int32_t context_used_tokens = 0, context_tokens = 0;
  std::int64_t queued_ns = 0, prompt_ns = 0, generation_ns = 0, first_token_ns = 0;  // first token: from the call
  double prompt_tokens_per_s() const { return prompt_ns > 0 ? evaluated_tokens * 1e9 / static_cast<double>(prompt_ns) : 0; }
  double generation_tokens_per_s() const {
    return generation_ns > 0 && generated_tokens > 1 ? (generated_tokens - 1) * 1e9 / static_cast<double>(generation_ns) : 0;
  }
};

struct GenerationResult {
  FinishReason finish = FinishReason::failed;
  std::optional<Error> error;      // with `failed` and `refused`
  std::string text;                // the whole answer as released
  std::vector<std::int32_t> prompt_token_ids, token_ids;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> token_spans;  // bytes of `text` per token of token_ids
  std::uint64_t seed = 0;
  RoutingEdits edits;              // in force during this answer
  std::string adapter;             // likewise; empty: none
  GenerationStats stats;
  std::int64_t audit_entry = 0;    // 0: no audit log attached
};

// drop_oldest keeps the system messages at the beginning and the last user's message with all that follows it. What goes is
// whole turns: a user's message with everything up to the next one, so that roles still alternate.
enum class OverflowPolicy { fail, drop_oldest };

struct GenerationRequest {
  std::vector<Message> messages;           // rendered through the model's chat template ...
  std::optional<std::string> raw_prompt;   // ... or this text as it is, special tokens parsed
  std::vector<ToolSpec> tools;
  std::string template_arguments_json = "{}";  // e.g. {"enable_thinking": false}
  std::optional<std::string> continue_answer;  // begin the assistant's turn with this text
  SamplingSettings sampling;
  OverflowPolicy overflow = OverflowPolicy::drop_oldest;
};

// Called on an engine thread; must return at once (post to your own thread). After `finished` nothing more comes.
struct GenerationCallbacks {
  std::function<void(int evaluated, int total)> prompt_progress;
  std::function<void(const TokenEvent&)> token;
  std::function<void(const GenerationResult&)> finished;  // once for each accepted request; if that call throws, again with its error alone
};

// Log-probability of given continuations after one prompt: classification by label, plugin tasks.
struct ScoredSequence {
  double logprob = 0.0;  // sum over the label's tokens, natural logarithm
  std::int32_t tokens = 0;
};

// One conversation with a model. State: tokens, settings, edits, adapter; the KV cache behind it can be rebuilt at any time.
// One generation at a time; several sessions run together in one batch. All methods from any thread.
class Session {
 public:
  virtual ~Session() = default;

  // Accepts and returns at once; an Error means nothing was started and no callback will come.
  virtual Status generate(GenerationRequest request, GenerationCallbacks callbacks) = 0;
  // generate() and wait. Not from an engine callback.
  virtual Result<GenerationResult> generate_and_wait(GenerationRequest request,
                                                     std::function<void(const TokenEvent&)> token = {}) = 0;
  // Stops the running generation within 100 ms, also during the prompt; `finished` comes with what there is.
  virtual void cancel() = 0;
  virtual bool busy() const = 0;

  // Validated against the model; in force from the next generation on. An empty value restores the model's routing.
  virtual Status set_edits(RoutingEdits edits) = 0;
  virtual RoutingEdits edits() const = 0;

  // One of the adapters loaded with the model, by name; empty: none. In force from the next generation on. Of what is cached
  // under another adapter nothing is reused. `not_found` for a name that the model has no adapter of.
  virtual Status set_adapter(const std::string& name) = 0;
  virtual std::string adapter() const = 0;

  // Snapshot of the routing of everything in the context so far; cheap, also while generating.
  virtual RoutingTrace trace() const = 0;
  virtual std::vector<std::int32_t> tokens() const = 0;  // the context's tokens
  virtual std::int32_t context_tokens() const = 0;

  // Blocks; not from an engine callback. Prompt hooks see the prompt as a user's message and each continuation as an
  // assistant's; the audit log gets one entry, or nothing is given out.
  virtual Result<std::vector<ScoredSequence>> score(const std::string& raw_prompt, const std::vector<std::string>& continuations,
                                                    const CancelToken& cancel = {}) = 0;
  // Forgets all tokens and the cache.
  virtual Status reset() = 0;
};

}  // namespace roundhouse
