// SPDX-License-Identifier: Apache-2.0
#include "engine/runtime/model_runtime.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <thread>
#include <utility>

#include "engine/base/guarded.h"
#include "engine/runtime/compiled_edits.h"
#include "engine/runtime/step_batch.h"
#include "engine/runtime/trace_recorder.h"

namespace roundhouse {

namespace {

constexpr double step_target_s = 0.04;  // of a prompt chunk: two fit into the 100 ms a cancel may take

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::int64_t unix_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

// Guarded by Impl::mutex, except `cancel`.
class Sequence {
 public:
  SequenceOptions options;
  std::vector<std::int32_t> tokens;
  std::int32_t evaluated = 0;      // of tokens, in the cache
  std::int32_t traced = 0;         // of tokens, in the trace: more than in the cache when that was given up
  std::int32_t prompt_tokens = 0;
  std::vector<std::int32_t> pages;
  RoutingEdits edits, cached_edits;  // wanted; those the cache was made under
  std::unique_ptr<CompiledEdits> compiled;
  std::int32_t adapter = -1, cached_adapter = -1;  // likewise; index into Options::adapters
  std::unique_ptr<TraceRecorder> recorder;
  std::int64_t last_used_ns = 0;

  bool active = false;
  bool closing = false;            // the answer is complete; its last token is still to be evaluated (for trace and reuse)
  std::atomic<bool> cancel{false};
  TokenRequest request;
  TokenCallbacks callbacks;
  std::unique_ptr<Sampler> sampler;
  TokenResult result;
  std::int64_t submitted_ns = 0, started_ns = 0, prompt_done_ns = 0;
};

struct ModelRuntime::Impl {
  std::shared_ptr<const TextModel> model;
  std::shared_ptr<SharedBackend> backend;
  Options options;
  std::size_t token_count = 0;  // the first so many logits of a row count
  std::optional<StepBatch> batch;  // this and step_logits: the runtime's thread's
  std::vector<float> step_logits;  // [outputs of the step, vocabulary]
  RoutingLayout layout;
  std::unique_ptr<KvCache, void (*)(KvCache*)> cache{nullptr, [](KvCache*) {}};

  mutable std::mutex mutex;
  std::condition_variable wake;
  bool stop = false;
  std::vector<std::int32_t> free_pages;
  // Pages of sequences that died, on any thread and possibly under `mutex`: hence a lock of their own.
  std::mutex returned_mutex;
  std::vector<std::int32_t> returned_pages;
  std::vector<std::weak_ptr<Sequence>> sequences;
  std::vector<std::shared_ptr<Sequence>> active;  // in order of arrival
  double rows_per_s = 1500;  // of prompt chunks, measured
  std::thread thread;

  void run();
  bool step();  // false: the runtime ends
  void fail_active(const Error& error);
  void admit(Sequence& s, TokenRequest request);
  void collect_returned();
  bool reserve_pages(Sequence& s, std::int32_t positions);
  std::shared_ptr<Sequence> cache_to_give_up(const Sequence& for_whom) const;
  void release_cache(Sequence& s);
  std::vector<StepPart> plan();
  // One forward pass over `batch`; false: cancelled.
  Result<bool> forward(const std::atomic<bool>* cancel);
  void apply(const std::vector<StepPart>& parts);
  Status check_rows(const StepPart& part, const float* logits) const;
  void score_rows(Sequence& s, const StepPart& part, const float* logits);
  void draw(const std::shared_ptr<Sequence>& s, const float* logits, std::unique_lock<std::mutex>& lock);
  void end_answer(Sequence& s, FinishReason reason);
  void finish(const std::shared_ptr<Sequence>& s, FinishReason reason);
};

void ModelRuntime::Impl::collect_returned() {
  const std::lock_guard<std::mutex> guard(returned_mutex);
  free_pages.insert(free_pages.end(), returned_pages.begin(), returned_pages.end());
  returned_pages.clear();
}

bool ModelRuntime::Impl::reserve_pages(Sequence& s, std::int32_t positions) {
  collect_returned();
  const auto needed = static_cast<std::size_t>((positions + KvCache::page_tokens - 1) / KvCache::page_tokens);
  while (s.pages.size() < needed) {
    if (free_pages.empty()) {
      const std::shared_ptr<Sequence> other = cache_to_give_up(s);
      if (!other) return false;
      release_cache(*other);
    }
    s.pages.push_back(free_pages.back());
    free_pages.pop_back();
  }
  return true;
}

// Caches are disposable: the idle sequence that was used longest ago gives its own up, then the youngest of those that
// came after this one. So the oldest always goes on, and a younger one waits and is evaluated anew.
std::shared_ptr<Sequence> ModelRuntime::Impl::cache_to_give_up(const Sequence& for_whom) const {
  std::shared_ptr<Sequence> oldest;
  for (const auto& weak : sequences) {
    const auto other = weak.lock();
    if (!other || other->active || other->pages.empty()) continue;
    if (!oldest || other->last_used_ns < oldest->last_used_ns) oldest = other;
  }
  if (oldest) return oldest;
  for (auto other = active.rbegin(); other != active.rend() && other->get() != &for_whom; ++other) {
    if (!(*other)->pages.empty()) return *other;
  }
  return nullptr;
}

void ModelRuntime::Impl::release_cache(Sequence& s) {
  free_pages.insert(free_pages.end(), s.pages.begin(), s.pages.end());
  s.pages.clear();
  s.evaluated = 0;
  s.result.scored_logprob = 0.0;  // summed up while rows are evaluated
}

// Keeps of the cache what the new prompt and edits have in common with it. What needs memory comes first: when there is
// none, the sequence is as it was.
void ModelRuntime::Impl::admit(Sequence& s, TokenRequest request) {
  std::vector<std::int32_t> prompt = request.prompt;
  auto sampler = std::make_unique<Sampler>(request.sampling, request.seed);
  std::int32_t common = 0;
  // The row whose logits are wanted first is evaluated again.
  const std::int32_t wanted = request.score_from.value_or(static_cast<std::int32_t>(prompt.size())) - 1;
  const auto limit = std::min(s.evaluated, wanted);
  while (common < limit && s.tokens[static_cast<std::size_t>(common)] == prompt[static_cast<std::size_t>(common)]) ++common;
  RoutingEdits edits = s.edits;
  std::unique_ptr<CompiledEdits> compiled;
  const bool edited = !(s.edits == s.cached_edits);
  if (edited) {
    const auto start = [](const RoutingEdits& e) { return e.empty() ? INT32_MAX : e.from_position; };
    RoutingEdits a = s.edits, b = s.cached_edits;
    a.name = b.name = {};
    if (!(a == b)) common = std::min({common, start(s.edits), start(s.cached_edits)});
    if (!s.edits.empty()) compiled = std::make_unique<CompiledEdits>(s.edits, layout);
  }
  if (s.adapter != s.cached_adapter) common = 0;
  const std::int32_t k = edited ? std::max(layout.max_top_k(), compiled ? compiled->max_top_k(layout) : 0) : 0;
  if (s.recorder && edited && k != s.recorder->top_k()) {
    s.recorder->set_top_k(k);
    common = 0;
  } else if (s.recorder) {
    s.recorder->truncate(common);
  }
  // Nothing fails from here on.
  if (edited) {
    s.cached_edits = std::move(edits);
    s.compiled = std::move(compiled);
  }
  s.cached_adapter = s.adapter;
  s.evaluated = s.traced = common;
  s.tokens = std::move(prompt);
  s.prompt_tokens = static_cast<std::int32_t>(s.tokens.size());
  s.request = std::move(request);
  s.sampler = std::move(sampler);
  s.result = {};
  s.result.stats.prompt_tokens = s.prompt_tokens;
  s.result.stats.reused_tokens = common;
  s.result.stats.evaluated_tokens = s.prompt_tokens - common;
  s.result.stats.context_tokens = s.options.context_tokens;
}

// Decoding sequences get their row; what remains of the step's time goes to prompts, shared evenly.
std::vector<StepPart> ModelRuntime::Impl::plan() {
  std::vector<StepPart> parts;
  std::int32_t prompts = 0;
  for (const auto& s : active) prompts += static_cast<std::int32_t>(s->tokens.size()) - s->evaluated > 1;
  const auto budget = static_cast<std::int32_t>(std::clamp(rows_per_s * step_target_s, 8.0, 512.0));
  const std::int32_t share = std::max(4, budget / std::max(prompts, 1));
  for (const auto& s : active) {
    const auto pending = static_cast<std::int32_t>(s->tokens.size()) - s->evaluated;
    const std::int32_t rows = std::min(pending, share);
    if (rows <= 0) continue;
    StepPart part;
    part.sequence = s;
    part.tokens = s->tokens.data() + s->evaluated;
    part.first_position = s->evaluated;
    part.rows = rows;
    const bool last = rows == pending && !s->closing && s->request.sampling.max_tokens != 0;
    if (s->request.score_from) {
      // The logits of row p give the probability of token p + 1.
      part.first_output = std::clamp(*s->request.score_from - 1 - s->evaluated, 0, rows);
    } else {
      part.first_output = last ? rows - 1 : rows;
    }
    part.edits = s->compiled ? std::optional(s->compiled->table()) : std::nullopt;
    part.edits_from = s->cached_edits.from_position;
    part.adapter = s->cached_adapter;
    part.trace = s->recorder != nullptr;
    part.trace_scores = s->recorder && s->options.trace_scores;
    part.trace_k = s->recorder ? s->recorder->top_k() : 0;
    // For all that is known of it: a long prompt does not begin only to give way before its end.
    if (!reserve_pages(*s, s->evaluated + pending)) continue;
    part.pages = s->pages.data();
    parts.push_back(std::move(part));
  }
  return parts;
}

Result<bool> ModelRuntime::Impl::forward(const std::atomic<bool>* cancel) {
  if (options.verify_unchanged) RH_TRY(options.verify_unchanged());
  const std::lock_guard<std::mutex> guard(backend->mutex);
  Backend& device = *backend->backend;
  const Ops::Mark mark = device.mark();
  try {
    const Tensor result = model->forward(device, batch->batch(), cancel, options.adapter_stack ? &options.adapter_stack->layers() : nullptr);
    const bool done = result.defined();
    if (done && batch->batch().outputs > 0) {
      step_logits.resize(static_cast<std::size_t>(result.elements()));
      device.read(result, step_logits.data());
    } else {
      device.synchronise();
    }
    device.release(mark);
    if (options.verify_unchanged) RH_TRY(options.verify_unchanged());
    return done;
  } catch (const std::bad_alloc&) {
    device.release(mark);
    return Error{ErrorCode::out_of_memory, "run model", std::to_string(batch->batch().rows) + " rows", "memory for activations", "none free"};
  }
}

Status ModelRuntime::Impl::check_rows(const StepPart& part, const float* logits) const {
  const auto stride = static_cast<std::size_t>(model->spec().vocabulary);
  for (std::int32_t r = part.first_output; r < part.rows; ++r, logits += stride) {
    RH_TRY(check_logits({logits, token_count}, options.provenance.model_name.empty() ? "model" : options.provenance.model_name));
  }
  return Ok{};
}

void ModelRuntime::Impl::score_rows(Sequence& s, const StepPart& part, const float* logits) {
  const auto vocabulary = static_cast<std::size_t>(model->spec().vocabulary);
  for (std::int32_t r = part.first_output; r < part.rows; ++r, logits += vocabulary) {
    const std::size_t next = static_cast<std::size_t>(part.first_position + r) + 1;
    if (next >= s.tokens.size()) break;
    const float top = *std::max_element(logits, logits + token_count);
    double sum = 0;
    for (std::size_t i = 0; i < token_count; ++i) sum += std::exp(static_cast<double>(logits[i] - top));
    s.result.scored_logprob += logits[static_cast<std::size_t>(s.tokens[next])] - top - std::log(sum);
  }
}

void ModelRuntime::Impl::end_answer(Sequence& s, FinishReason reason) {
  s.result.finish = reason;
  s.closing = true;
  s.result.stats.generation_ns = now_ns() - s.prompt_done_ns;
}

void ModelRuntime::Impl::draw(const std::shared_ptr<Sequence>& s, const float* logits, std::unique_lock<std::mutex>& lock) {
  // Nobody else touches an active sequence's tokens and sampler; the lock is only given up for the callback.
  const DrawnToken drawn = s->sampler->draw({logits, token_count}, s->tokens);
  const std::int64_t time = now_ns();
  if (s->prompt_done_ns == 0) {
    s->prompt_done_ns = time;
    s->result.stats.prompt_ns = time - s->started_ns;
    s->result.stats.first_token_ns = time - s->submitted_ns;
  }
  if (!s->request.sampling.ignore_end_tokens && s->request.is_end && s->request.is_end(drawn.id)) {
    end_answer(*s, FinishReason::end_token);
    return;
  }
  const auto position = static_cast<std::int32_t>(s->tokens.size());
  s->tokens.push_back(drawn.id);
  s->result.tokens.push_back(drawn.id);
  s->result.stats.generated_tokens = static_cast<std::int32_t>(s->result.tokens.size());
  lock.unlock();
  const bool go_on = !s->callbacks.token || s->callbacks.token(drawn, position);
  lock.lock();
  const int limit = s->request.sampling.max_tokens;
  if (!go_on) {
    end_answer(*s, FinishReason::stop_string);
  } else if (limit >= 0 && s->result.stats.generated_tokens >= limit) {
    end_answer(*s, FinishReason::max_tokens);
  } else if (static_cast<std::int32_t>(s->tokens.size()) >= s->options.context_tokens) {
    end_answer(*s, FinishReason::context_full);
  }
}

void ModelRuntime::Impl::apply(const std::vector<StepPart>& parts) {
  std::unique_lock<std::mutex> lock(mutex);
  const auto vocabulary = static_cast<std::size_t>(model->spec().vocabulary);
  const float* at = step_logits.data();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const StepPart& part = parts[i];
    const std::shared_ptr<Sequence>& s = part.sequence;
    const std::int32_t outputs = part.rows - part.first_output;
    if (s->recorder) batch->copy_trace(i, s->traced, *s->recorder);
    s->evaluated += part.rows;
    s->traced = std::max(s->traced, s->evaluated);
    const bool all = s->evaluated == static_cast<std::int32_t>(s->tokens.size());
    if (Status sound = check_rows(part, at); !sound.ok()) {
      s->result.error = std::move(sound).error();
      s->evaluated = s->traced = 0;  // nothing that was made of the same weights is worth keeping
      if (s->recorder) s->recorder->truncate(0);
    } else if (s->request.score_from) {
      score_rows(*s, part, at);
      if (all) s->result.finish = FinishReason::max_tokens, s->closing = true;
    } else if (outputs > 0) {
      draw(s, at, lock);
    } else if (all && !s->closing) {
      end_answer(*s, FinishReason::max_tokens);  // a request for no tokens
    }
    at += static_cast<std::size_t>(outputs) * vocabulary;
    if (part.first_position < s->prompt_tokens && s->callbacks.prompt_progress) {
      const std::int32_t done = std::min(s->evaluated, s->prompt_tokens);
      lock.unlock();
      s->callbacks.prompt_progress(done, s->prompt_tokens);
      lock.lock();
    }
  }
}

void ModelRuntime::Impl::finish(const std::shared_ptr<Sequence>& s, FinishReason reason) {
  TokenResult result;
  TokenCallbacks callbacks;
  {
    const std::lock_guard<std::mutex> guard(mutex);
    s->result.finish = reason;
    s->result.stats.context_used_tokens = static_cast<std::int32_t>(s->tokens.size());
    if (s->prompt_done_ns && !s->result.stats.generation_ns) s->result.stats.generation_ns = now_ns() - s->prompt_done_ns;
    result = std::exchange(s->result, {});
    callbacks = std::move(s->callbacks);
    s->callbacks = {};
    s->active = s->closing = false;
    s->last_used_ns = now_ns();
    active.erase(std::remove(active.begin(), active.end(), s), active.end());
  }
  if (callbacks.finished) callbacks.finished(std::move(result));
}

bool ModelRuntime::Impl::step() {
  std::vector<StepPart> parts;
  std::vector<std::pair<std::shared_ptr<Sequence>, FinishReason>> done;
  bool stopping = false;
  {
    std::unique_lock<std::mutex> lock(mutex);
    wake.wait(lock, [&] { return stop || !active.empty(); });
    stopping = stop;
    for (const auto& s : active) {
      const bool complete = s->closing && s->evaluated >= static_cast<std::int32_t>(s->tokens.size());
      if (s->result.error) done.emplace_back(s, FinishReason::failed);
      else if (stopping || (s->cancel && !s->closing)) done.emplace_back(s, FinishReason::cancelled);
      else if (complete) done.emplace_back(s, s->result.finish);
      else if (s->started_ns == 0) {
        s->started_ns = now_ns();
        s->result.stats.queued_ns = s->started_ns - s->submitted_ns;
      }
    }
    if (done.empty()) {
      parts = plan();
      // Only when a sequence is just being destroyed: its pages come back at any moment.
      if (parts.empty()) wake.wait_for(lock, std::chrono::milliseconds(1));
    }
  }
  for (const auto& [s, reason] : done) finish(s, reason);
  if (stopping) return false;
  if (parts.empty()) return true;

  batch->build(parts, cache.get());
  const std::int64_t begin = now_ns();
  // An answer that has ended is not cancelled any more: its last row is evaluated, or this would begin it without end.
  const Sequence* alone = parts.size() == 1 && !parts.front().sequence->closing ? parts.front().sequence.get() : nullptr;
  const Result<bool> ran = forward(alone ? &alone->cancel : nullptr);
  if (!ran.ok()) {
    const std::lock_guard<std::mutex> guard(mutex);
    for (const StepPart& part : parts) part.sequence->result.error = ran.error();
    return true;
  }
  if (!*ran) return true;  // cancelled: seen at the top
  const double seconds = static_cast<double>(now_ns() - begin) * 1e-9;
  if (batch->batch().rows >= 8 && seconds > 0) rows_per_s = 0.5 * rows_per_s + 0.5 * batch->batch().rows / seconds;
  apply(parts);
  return true;
}

// What a step threw concerns everyone in it; the next request finds the runtime as it was.
void ModelRuntime::Impl::fail_active(const Error& error) {
  const std::lock_guard<std::mutex> guard(mutex);
  for (const auto& s : active) {
    if (!s->result.error) s->result.error = error;
  }
}

void ModelRuntime::Impl::run() {
  for (;;) {
    const Result<bool> stepped = guarded("run model", "answer", [&]() -> Result<bool> { return step(); });
    if (!stepped.ok()) fail_active(stepped.error());
    else if (!*stepped) return;
  }
}

ModelRuntime::ModelRuntime(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<ModelRuntime>> ModelRuntime::create(std::shared_ptr<const TextModel> model,
                                                           std::shared_ptr<SharedBackend> backend, Options options) {
  auto impl = std::make_shared<Impl>();
  const ModelSpec& spec = model->spec();
  if (options.context_tokens <= 0) options.context_tokens = spec.context_tokens;
  if (options.token_count <= 0 || options.token_count > spec.vocabulary) options.token_count = spec.vocabulary;
  const std::int32_t pages = (options.context_tokens + KvCache::page_tokens - 1) / KvCache::page_tokens;
  const AttentionSpec& attention = spec.layers.front().attention;
  {
    const std::lock_guard<std::mutex> guard(backend->mutex);
    auto cache = backend->backend->create_cache(static_cast<std::int32_t>(spec.layers.size()), pages, attention.kv_heads,
                                                attention.key_dim, attention.value_dim, model->weights().cache_type());
    if (!cache.ok()) return std::move(cache).error();
    impl->cache = std::move(cache).value();
  }
  // Pages come back in destructors: there is room for all of them.
  impl->free_pages.reserve(static_cast<std::size_t>(pages));
  impl->returned_pages.reserve(static_cast<std::size_t>(pages));
  for (std::int32_t p = pages; p-- > 0;) impl->free_pages.push_back(p);
  impl->layout = spec.routing_layout();
  impl->batch.emplace(impl->layout);
  impl->model = std::move(model);
  impl->backend = std::move(backend);
  impl->token_count = static_cast<std::size_t>(options.token_count);
  impl->options = std::move(options);
  std::unique_ptr<ModelRuntime> runtime(new ModelRuntime(impl));
  RH_TRY(guarded("start model", "thread", [&]() -> Status {
    impl->thread = std::thread([impl] { impl->run(); });
    return Ok{};
  }));
  return runtime;
}

ModelRuntime::~ModelRuntime() {
  {
    const std::lock_guard<std::mutex> guard(impl_->mutex);
    impl_->stop = true;
    for (const auto& s : impl_->active) s->cancel = true;
  }
  impl_->wake.notify_all();
  // The last handle may be dropped inside a callback: the thread then ends on its own, holding its state.
  if (impl_->thread.get_id() == std::this_thread::get_id()) impl_->thread.detach();
  else if (impl_->thread.joinable()) impl_->thread.join();
}

std::shared_ptr<Sequence> ModelRuntime::create_sequence(const SequenceOptions& options) {
  Impl& impl = *impl_;
  // Its pages go back when it dies; the runtime's state outlives it. The deleter gives that up when it has run: it stays in
  // memory for as long as Impl::sequences has a weak pointer to the sequence, and would keep Impl for ever.
  std::shared_ptr<Sequence> sequence(new Sequence, [keep = impl_](Sequence* s) mutable {
    const std::shared_ptr<Impl> state = std::move(keep);
    {
      const std::lock_guard<std::mutex> guard(state->returned_mutex);
      state->returned_pages.insert(state->returned_pages.end(), s->pages.begin(), s->pages.end());
    }
    delete s;
  });
  sequence->options = options;
  if (sequence->options.context_tokens <= 0 || sequence->options.context_tokens > impl.options.context_tokens) {
    sequence->options.context_tokens = impl.options.context_tokens;
  }
  if (options.trace && !impl.layout.layers.empty()) {
    sequence->recorder = std::make_unique<TraceRecorder>(impl.layout, options.trace_scores);
  }
  const std::lock_guard<std::mutex> guard(impl.mutex);
  std::erase_if(impl.sequences, [](const std::weak_ptr<Sequence>& w) { return w.expired(); });
  impl.sequences.push_back(sequence);
  return sequence;
}

Status ModelRuntime::submit(const std::shared_ptr<Sequence>& sequence, TokenRequest request, TokenCallbacks callbacks) {
  RH_TRY(request.sampling.validate());
  const auto count = static_cast<std::int32_t>(request.prompt.size());
  const Sequence& s = *sequence;
  const auto fail = [](ErrorCode code, std::string object, std::string expected, std::string received) {
    return Error{code, "start generation", std::move(object), std::move(expected), std::move(received)};
  };
  if (count == 0) return fail(ErrorCode::invalid_argument, "prompt", "at least one token", "none");
  if (count > s.options.context_tokens - (request.score_from ? 0 : 1)) {
    return fail(ErrorCode::limit, "prompt", "fewer tokens than the context of " + std::to_string(s.options.context_tokens), std::to_string(count));
  }
  for (const std::int32_t id : request.prompt) {
    if (id < 0 || id >= impl_->options.token_count) {
      return fail(ErrorCode::out_of_range, "token", "0 to " + std::to_string(impl_->options.token_count - 1), std::to_string(id));
    }
  }
  {
    const std::lock_guard<std::mutex> guard(impl_->mutex);
    if (sequence->active) return fail(ErrorCode::conflict, "session", "an idle session", "one that is generating");
    impl_->active.reserve(impl_->active.size() + 1);
    impl_->admit(*sequence, std::move(request));
    sequence->callbacks = std::move(callbacks);
    sequence->active = true;
    sequence->closing = false;
    sequence->cancel = false;
    sequence->submitted_ns = now_ns();
    sequence->started_ns = sequence->prompt_done_ns = 0;
    impl_->active.push_back(sequence);
  }
  impl_->wake.notify_all();
  return Ok{};
}

void ModelRuntime::cancel(const std::shared_ptr<Sequence>& sequence) { sequence->cancel = true; }

bool ModelRuntime::busy(const std::shared_ptr<Sequence>& sequence) const {
  const std::lock_guard<std::mutex> guard(impl_->mutex);
  return sequence->active;
}

Status ModelRuntime::set_edits(const std::shared_ptr<Sequence>& sequence, RoutingEdits edits) {
  RH_TRY(edits.validate(impl_->layout));
  const std::lock_guard<std::mutex> guard(impl_->mutex);
  sequence->edits = std::move(edits);
  return Ok{};
}

RoutingEdits ModelRuntime::edits(const std::shared_ptr<Sequence>& sequence) const {
  const std::lock_guard<std::mutex> guard(impl_->mutex);
  return sequence->edits;
}

Status ModelRuntime::set_adapter(const std::shared_ptr<Sequence>& sequence, const std::string& name) {
  const std::vector<std::string>& known = impl_->options.adapters;
  const auto found = std::find(known.begin(), known.end(), name);
  if (!name.empty() && found == known.end()) {
    return Error{ErrorCode::not_found, "choose adapter", name, "one that was loaded with the model", "none of that name"};
  }
  const std::lock_guard<std::mutex> guard(impl_->mutex);
  sequence->adapter = name.empty() ? -1 : static_cast<std::int32_t>(found - known.begin());
  return Ok{};
}

std::string ModelRuntime::adapter(const std::shared_ptr<Sequence>& sequence) const {
  const std::lock_guard<std::mutex> guard(impl_->mutex);
  return sequence->adapter < 0 ? std::string() : impl_->options.adapters[static_cast<std::size_t>(sequence->adapter)];
}

RoutingTrace ModelRuntime::trace(const std::shared_ptr<Sequence>& sequence) const {
  const std::lock_guard<std::mutex> guard(impl_->mutex);
  if (!sequence->recorder) return {};
  TraceProvenance provenance = impl_->options.provenance;
  provenance.created_unix_ns = unix_ns();
  if (!sequence->cached_edits.empty()) provenance.edits_json = sequence->cached_edits.to_json();
  if (sequence->cached_adapter >= 0) provenance.adapter = impl_->options.adapters[static_cast<std::size_t>(sequence->cached_adapter)];
  return sequence->recorder->snapshot(sequence->traced, std::min(sequence->prompt_tokens, sequence->traced), std::move(provenance));
}

std::vector<std::int32_t> ModelRuntime::tokens(const std::shared_ptr<Sequence>& sequence) const {
  const std::lock_guard<std::mutex> guard(impl_->mutex);
  return sequence->tokens;
}

Status ModelRuntime::reset(const std::shared_ptr<Sequence>& sequence) {
  const std::lock_guard<std::mutex> guard(impl_->mutex);
  if (sequence->active) return Error{ErrorCode::conflict, "reset session", "session", "an idle session", "one that is generating"};
  impl_->release_cache(*sequence);
  sequence->tokens.clear();
  sequence->prompt_tokens = sequence->traced = 0;
  if (sequence->recorder) sequence->recorder->truncate(0);
  return Ok{};
}

std::uint64_t ModelRuntime::cache_bytes() const { return impl_->cache->bytes; }

std::uint64_t ModelRuntime::cache_bytes_used() const {
  const std::lock_guard<std::mutex> guard(impl_->mutex);
  impl_->collect_returned();
  const auto used = static_cast<std::uint64_t>(impl_->cache->pages) - impl_->free_pages.size();
  return impl_->cache->pages > 0 ? impl_->cache->bytes / static_cast<std::uint64_t>(impl_->cache->pages) * used : 0;
}

std::uint64_t ModelRuntime::trace_bytes() const {
  const std::lock_guard<std::mutex> guard(impl_->mutex);
  std::uint64_t total = 0;
  for (const auto& weak : impl_->sequences) {
    if (const auto s = weak.lock(); s && s->recorder) total += s->recorder->bytes();
  }
  return total;
}

const TextModel& ModelRuntime::model() const { return *impl_->model; }

}  // namespace roundhouse
