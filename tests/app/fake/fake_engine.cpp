// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/fake/fake_engine.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <thread>

#include "roundhouse/load_stage.h"

namespace roundhouse::app::fake {
namespace {

using Clock = std::chrono::steady_clock;

// Waits in small steps so that a cancel is seen soon.
bool waitUntil(Clock::time_point time, const std::atomic<bool>& cancelled) {
  while (Clock::now() < time) {
    if (cancelled) return false;
    std::this_thread::sleep_for(std::min<Clock::duration>(std::chrono::milliseconds(5), time - Clock::now()));
  }
  return !cancelled;
}

std::uint64_t mix(std::uint64_t value) {  // splitmix64
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

std::string partText(const Part& part) {
  if (const auto* text = std::get_if<TextPart>(&part.content)) return text->text;
  if (const auto* file = std::get_if<FilePart>(&part.content)) return file->name + "\n" + file->text;
  if (const auto* reasoning = std::get_if<ReasoningPart>(&part.content)) return reasoning->text;
  return {};
}

std::string messageText(const Message& message) {
  std::string text;
  for (const Part& part : message.parts) text += partText(part);
  return text;
}

class FakeModel;

class FakeSession : public Session {
 public:
  FakeSession(std::shared_ptr<World> world, std::shared_ptr<FakeModel> model);
  ~FakeSession() override {
    cancel();
    join();
    --world_->journal.liveSessions;
  }

  Status generate(GenerationRequest request, GenerationCallbacks callbacks) override;
  Result<GenerationResult> generate_and_wait(GenerationRequest, std::function<void(const TokenEvent&)>) override {
    return Error{ErrorCode::unsupported, "generate and wait", "scripted session", {}, {}};
  }
  void cancel() override {
    if (busy_) ++world_->journal.cancels;
    cancelled_ = true;
  }
  bool busy() const override { return busy_; }
  Status set_edits(RoutingEdits edits) override;
  Status set_adapter(const std::string& name) override {
    if (name.empty()) return Ok{};
    return Error{ErrorCode::not_found, "choose adapter", name, "one that was loaded with the model", "none of that name"};
  }
  std::string adapter() const override { return {}; }
  RoutingEdits edits() const override {
    std::lock_guard lock(mutex_);
    return edits_;
  }
  RoutingTrace trace() const override;
  std::vector<std::int32_t> tokens() const override {
    std::lock_guard lock(mutex_);
    return tokens_;
  }
  std::int32_t context_tokens() const override;
  Result<std::vector<ScoredSequence>> score(const std::string&, const std::vector<std::string>&, const CancelToken&) override {
    return Error{ErrorCode::unsupported, "score", "scripted session", {}, {}};
  }
  Status reset() override {
    std::lock_guard lock(mutex_);
    tokens_.clear();
    routed_ = 0;
    return Ok{};
  }

 private:
  void run(GenerationRequest request, const GenerationCallbacks& callbacks, Clock::time_point called);
  void append(std::int32_t token);  // mutex_ held
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  std::shared_ptr<World> world_;
  std::shared_ptr<FakeModel> model_;
  mutable std::mutex mutex_;
  RoutingEdits edits_;
  std::vector<std::int32_t> tokens_;
  int routed_ = 0, prompt_ = 0;
  std::vector<std::shared_ptr<TraceChunk>> chunks_;
  std::atomic<bool> busy_{false}, cancelled_{false};
  std::thread thread_;
};

class FakeModel : public Model, public std::enable_shared_from_this<FakeModel> {
 public:
  FakeModel(std::shared_ptr<World> world, ModelInfo info, int context)
      : world_(std::move(world)), info_(std::move(info)), context_(context) {
    ++world_->journal.liveModels;
  }
  ~FakeModel() override { --world_->journal.liveModels; }

  const ModelInfo& info() const override { return info_; }
  const std::string& sha256() const override { return sha256_; }
  MemoryUse memory_use() const override {
    if (const auto measuring = world_->read().measuring) measuring();
    return {info_.dense_bytes, info_.expert_bytes, 4096u * 512u, 3u << 20};
  }
  const Tokenizer& tokenizer() const override { std::abort(); }      // the application asks EngineApi::tokenText
  const ChatTemplate& chat_template() const override { std::abort(); }
  std::int32_t context_tokens() const override { return context_; }
  Result<std::shared_ptr<Session>> create_session(const SessionOptions&) override {
    if (auto error = world_->read().sessionError) return *error;
    return std::shared_ptr<Session>(std::make_shared<FakeSession>(world_, shared_from_this()));
  }

  std::int32_t tokenId(const std::string& word) {
    std::lock_guard lock(mutex_);
    auto [found, added] = ids_.try_emplace(word, static_cast<std::int32_t>(texts_.size()));
    if (added) texts_.push_back(word);
    return found->second;
  }
  std::string tokenText(std::int32_t id) const {
    std::lock_guard lock(mutex_);
    return id >= 0 && id < static_cast<std::int32_t>(texts_.size()) ? texts_[id] : std::string();
  }

 private:
  std::shared_ptr<World> world_;
  ModelInfo info_;
  int context_;
  std::string sha256_ = std::string(64, 'a');
  mutable std::mutex mutex_;
  std::map<std::string, std::int32_t> ids_;
  std::vector<std::string> texts_;
};

FakeSession::FakeSession(std::shared_ptr<World> world, std::shared_ptr<FakeModel> model)
    : world_(std::move(world)), model_(std::move(model)) {
  ++world_->journal.liveSessions;
}

std::int32_t FakeSession::context_tokens() const { return model_->context_tokens(); }

Status FakeSession::set_edits(RoutingEdits edits) {
  RH_TRY(edits.validate(model_->info().routing));
  std::lock_guard lock(mutex_);
  if (!(edits == edits_)) {
    tokens_.clear();
    routed_ = 0;
    chunks_.clear();
  }
  edits_ = std::move(edits);
  return Ok{};
}

void FakeSession::append(std::int32_t token) {
  const RoutingLayout& layout = model_->info().routing;
  const int layers = static_cast<int>(layout.layers.size());
  const int position = static_cast<int>(tokens_.size());
  tokens_.push_back(token);
  if (layers == 0) return;
  const int k = layout.layers.front().top_k, experts = layout.layers.front().experts;
  const int row = position % TraceChunk::tokens;
  if (row == 0) {
    auto chunk = std::make_shared<TraceChunk>();
    chunk->token_ids.resize(TraceChunk::tokens);
    chunk->ids.assign(static_cast<std::size_t>(TraceChunk::tokens) * layers * k, no_expert);
    chunk->weights.resize(chunk->ids.size());
    chunk->scores.resize(static_cast<std::size_t>(TraceChunk::tokens) * layers * experts);
    chunks_.push_back(std::move(chunk));
  }
  TraceChunk& chunk = *chunks_.back();
  chunk.token_ids[row] = token;
  for (int layer = 0; layer < layers; ++layer) {
    std::vector<float> scores(experts);
    for (int expert = 0; expert < experts; ++expert) {
      std::uint64_t hash = mix((static_cast<std::uint64_t>(token) << 32) ^ (layer << 16) ^ expert);
      scores[expert] = static_cast<float>(hash >> 40) / static_cast<float>(1 << 24);
    }
    for (const ExpertEdit& edit : edits_.experts) {
      if (edit.layer >= 0 && edit.layer != layout.layers[layer].layer) continue;
      if (edit.action == ExpertAction::disable) scores[edit.expert] = -1.0f;
      if (edit.action == ExpertAction::force) scores[edit.expert] += 2.0f;
      if (edit.action == ExpertAction::boost) scores[edit.expert] += edit.amount;
    }
    std::vector<int> order(experts);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return scores[a] > scores[b]; });
    float sum = 0;
    for (int i = 0; i < k; ++i) sum += std::max(scores[order[i]], 1e-3f);
    for (int i = 0; i < k; ++i) {
      const std::size_t at = (static_cast<std::size_t>(row) * layers + layer) * k + i;
      chunk.ids[at] = static_cast<std::uint16_t>(order[i]);
      chunk.weights[at] = std::max(scores[order[i]], 1e-3f) / sum;
    }
    std::copy(scores.begin(), scores.end(),
              chunk.scores.begin() + (static_cast<std::ptrdiff_t>(row) * layers + layer) * experts);
  }
  routed_ = position + 1;
}

RoutingTrace FakeSession::trace() const {
  std::lock_guard lock(mutex_);
  const RoutingLayout& layout = model_->info().routing;
  if (layout.layers.empty()) return {};
  TraceProvenance provenance;
  provenance.model_name = model_->info().name;
  provenance.model_sha256 = model_->sha256();
  provenance.program = "scripted";
  provenance.isa = "reference";
  return RoutingTrace(layout, layout.layers.front().top_k, true, {chunks_.begin(), chunks_.end()}, routed_, prompt_,
                      provenance);
}

Status FakeSession::generate(GenerationRequest request, GenerationCallbacks callbacks) {
  if (auto error = world_->read().generateError) return *error;
  std::vector<std::shared_ptr<PromptHook>> hooks;
  {
    std::lock_guard lock(world_->journal.mutex);
    hooks = world_->journal.promptHooks;
  }
  for (const auto& hook : hooks) RH_TRY(hook->before_prompt(request.messages));
  if (busy_.exchange(true)) return Error{ErrorCode::conflict, "generate", "scripted session", "an idle session", "busy"};
  join();
  cancelled_ = false;
  ++world_->journal.generations;
  {
    std::lock_guard lock(world_->journal.mutex);
    world_->journal.requests.push_back(request);
    world_->journal.edits.push_back(edits());
  }
  thread_ = std::thread([this, request = std::move(request), callbacks = std::move(callbacks), now = Clock::now()] {
    run(request, callbacks, now);
  });
  return Ok{};
}

void FakeSession::run(GenerationRequest request, const GenerationCallbacks& callbacks, Clock::time_point called) {
  const Script script = world_->read();
  GenerationResult result;
  result.edits = edits();
  result.seed = request.sampling.seed.value_or(7);
  auto ns = [](Clock::duration d) { return std::chrono::duration_cast<std::chrono::nanoseconds>(d).count(); };

  std::vector<std::int32_t> prompt;
  auto render = [&] {
    prompt.clear();
    for (const Message& message : request.messages) {
      prompt.push_back(model_->tokenId(message.role == Role::user ? "<|user|>" : message.role == Role::system ? "<|system|>" : "<|assistant|>"));
      for (const std::string& word : words(messageText(message))) prompt.push_back(model_->tokenId(word));
    }
    prompt.push_back(model_->tokenId("<|assistant|>"));
  };
  render();
  while (static_cast<int>(prompt.size()) >= context_tokens() && request.messages.size() > 2) {
    request.messages.erase(request.messages.begin() + (request.messages.front().role == Role::system ? 1 : 0));
    ++result.stats.dropped_messages;
    render();
  }
  result.prompt_token_ids = prompt;
  int reused = 0;
  {
    std::lock_guard lock(mutex_);
    while (reused < static_cast<int>(std::min(prompt.size(), tokens_.size())) && tokens_[reused] == prompt[reused]) ++reused;
    reused = std::min<int>(reused, static_cast<int>(prompt.size()) - 1);
    reused -= reused % TraceChunk::tokens;
    tokens_.resize(reused);
    chunks_.resize(reused / TraceChunk::tokens);
    routed_ = std::min(routed_, reused);
    prompt_ = static_cast<int>(prompt.size());
  }
  const int total = static_cast<int>(prompt.size()) - reused;
  for (int done = 0; done < total && !cancelled_;) {
    const int step = std::min(32, total - done);
    waitUntil(Clock::now() + std::chrono::nanoseconds(static_cast<std::int64_t>(step * 1e9 / script.promptTokensPerSecond)), cancelled_);
    if (cancelled_) break;
    {
      std::lock_guard lock(mutex_);
      for (int i = 0; i < step; ++i) append(prompt[reused + done + i]);
    }
    done += step;
    if (callbacks.prompt_progress) callbacks.prompt_progress(done, total);
  }
  const Clock::time_point prompted = Clock::now();
  result.finish = FinishReason::end_token;

  const std::string answer = script.answer ? script.answer(request.messages)
                                           : "Answer to: " + (request.messages.empty() ? std::string() : messageText(request.messages.back()));
  const std::vector<std::string> pieces = words(answer);
  std::optional<Clock::time_point> first;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto due = prompted + std::chrono::nanoseconds(static_cast<std::int64_t>((i + 1) * 1e9 / script.tokensPerSecond));
    if (!waitUntil(due, cancelled_)) break;
    if (script.failAfter && static_cast<int>(i) >= script.failAfterTokens) {
      result.finish = FinishReason::failed;
      result.error = script.failAfter;
      break;
    }
    if (request.sampling.max_tokens >= 0 && static_cast<int>(i) >= request.sampling.max_tokens) {
      result.finish = FinishReason::max_tokens;
      break;
    }
    TokenEvent event;
    {
      std::lock_guard lock(mutex_);
      if (static_cast<int>(tokens_.size()) >= context_tokens()) {
        result.finish = FinishReason::context_full;
        break;
      }
      event.id = model_->tokenId(pieces[i]);
      event.position = static_cast<std::int32_t>(tokens_.size());
      append(event.id);
    }
    if (!first) first = Clock::now();
    event.text = pieces[i];
    event.text_begin = static_cast<std::uint32_t>(result.text.size());
    event.text_end = event.text_begin + static_cast<std::uint32_t>(pieces[i].size());
    event.logprob = -0.25f;
    for (int n = 0; n < request.sampling.top_logprobs; ++n) event.alternatives.push_back({event.id + n, -0.25f - 0.5f * n});
    result.text += pieces[i];
    result.token_ids.push_back(event.id);
    result.token_spans.emplace_back(event.text_begin, event.text_end);
    callbacks.token(event);
  }
  if (cancelled_ && result.finish == FinishReason::end_token) result.finish = FinishReason::cancelled;
  result.stats.prompt_tokens = static_cast<int>(prompt.size());
  result.stats.reused_tokens = reused;
  result.stats.evaluated_tokens = total;
  result.stats.generated_tokens = static_cast<int>(result.token_ids.size());
  result.stats.context_tokens = context_tokens();
  result.stats.context_used_tokens = static_cast<int>(tokens().size());
  result.stats.prompt_ns = ns(prompted - called);
  result.stats.first_token_ns = ns(first.value_or(prompted) - called);
  result.stats.generation_ns = first ? ns(Clock::now() - *first) : 0;
  busy_ = false;
  callbacks.finished(result);
}

class FakeEngine : public Engine {
 public:
  // The journal's mutex is held.
  explicit FakeEngine(std::shared_ptr<World> world) : world_(std::move(world)) {
    world_->journal.promptHooks.clear();  // of the engine before
  }

  Result<std::shared_ptr<Model>> load_model(const std::string& path, const LoadOptions& options,
                                            std::function<void(const LoadProgress&)> progress, CancelToken cancel) override {
    ++world_->journal.loads;
    const Script script = world_->read();
    if (script.loadError) return *script.loadError;
    constexpr int kSteps = 20;
    for (int i = 0; i < kSteps; ++i) {
      if (cancel.cancelled()) return Error{ErrorCode::cancelled, "load model", path, {}, {}};
      if (progress) progress({i < kSteps / 2 ? load_stage::mapping : load_stage::preparing_weights, i / double(kSteps)});
      if (script.loadMs) std::this_thread::sleep_for(std::chrono::milliseconds(script.loadMs / kSteps));
    }
    const auto known = script.files.find(path);
    ModelInfo info = known != script.files.end() ? known->second : modelInfo(path, script);
    if (info.not_loadable) return *info.not_loadable;
    if (options.context_tokens > info.context_tokens) {
      return Error{ErrorCode::invalid_argument, "load model", path, "a context of at most " + std::to_string(info.context_tokens) + " tokens",
                   std::to_string(options.context_tokens)};
    }
    const int context = options.context_tokens > 0 ? std::min(options.context_tokens, script.contextTokens) : script.contextTokens;
    return std::shared_ptr<Model>(std::make_shared<FakeModel>(world_, std::move(info), context));
  }
  void add_hooks(Hooks hooks) override {
    std::lock_guard lock(world_->journal.mutex);
    if (hooks.prompt) world_->journal.promptHooks.push_back(hooks.prompt);
  }
  Isa isa() const override { return Isa::reference; }
  int threads() const override { return 1; }
  void set_audit_texts(bool on) override { world_->journal.auditTexts = on; }
  void set_audit(std::shared_ptr<AuditLog> log) override {
    std::lock_guard lock(world_->journal.mutex);
    world_->journal.audit = std::move(log);
  }

 private:
  std::shared_ptr<World> world_;
};

}  // namespace

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    while (end < text.size() && (text[end] & 0xC0) == 0x80) ++end;  // one character at least
    const bool wide = static_cast<unsigned char>(text[i]) >= 0x80;
    while (!wide && end < text.size() && static_cast<unsigned char>(text[end]) < 0x80 && text[end] != ' ' && text[end] != '\n') ++end;
    found.push_back(text.substr(i, end - i));
    i = end;
  }
  return found;
}

ModelInfo modelInfo(const std::string& path, const Script& script) {
  ModelInfo info;
  info.path = path;
  info.format = "GGUF";
  info.name = std::filesystem::path(path).stem().string();
  info.architecture = "glm4moe";
  info.license = "apache-2.0";
  info.file_bytes = 82u << 20;
  info.parameters = 125'400'000;
  info.active_parameters = 87'000'000;
  info.layers = script.layers;
  info.width = 576;
  info.heads = 9;
  info.kv_heads = 3;
  info.head_width = 64;
  info.vocabulary = 32768;
  info.context_tokens = script.contextTokens;
  info.routing.model_layers = script.layers;
  for (int layer = script.denseLayers; layer < script.layers; ++layer) {
    info.routing.layers.push_back({layer, script.experts, script.topK, 1, "sigmoid"});
  }
  info.types = {{"Q4_0", 200, 70u << 20}, {"Q8_0", 1, 11u << 20}, {"F32", 90, 1u << 20}};
  info.has_chat_template = true;
  info.dense_bytes = 40u << 20;
  info.expert_bytes = 42u << 20;
  info.kv_bytes_per_token = 46080;
  info.metadata = {{"general.architecture", "glm4moe"}, {"general.name", info.name}};
  return info;
}

EngineApi api(const std::shared_ptr<World>& world) {
  EngineApi made;
  made.create = [world](EngineOptions options) -> Result<std::shared_ptr<Engine>> {
    const Script script = world->read();
    if (script.createMs) std::this_thread::sleep_for(std::chrono::milliseconds(script.createMs));
    if (script.createError) return *script.createError;
    std::lock_guard lock(world->journal.mutex);
    world->journal.auditTexts = options.audit_texts;
    world->journal.audit = options.audit;
    world->journal.created.push_back(std::move(options));
    return std::shared_ptr<Engine>(std::make_shared<FakeEngine>(world));
  };
  made.inspect = [world](const std::string& path) -> Result<ModelInfo> {
    const Script script = world->read();
    const auto known = script.files.find(path);
    if (known != script.files.end()) return known->second;
    return Error{ErrorCode::malformed, "read GGUF header", path, "magic \"GGUF\"", "\"oops\""};
  };
  made.predict = [](const ModelInfo& info, const LoadOptions& options) {
    MemoryUse use;
    use.dense_weights_bytes = info.dense_bytes;
    use.expert_weights_bytes = info.expert_bytes;
    use.kv_cache_bytes = info.kv_bytes_per_token * (options.context_tokens > 0 ? options.context_tokens : info.context_tokens);
    use.workspace_bytes = 4u << 20;
    return use;
  };
  made.tokenText = [](const Model& model, std::int32_t id) { return static_cast<const FakeModel&>(model).tokenText(id); };
  made.reasoning = [world](const Model&, const std::string& prompt) {
    AnswerReasoning reasoning = world->read().reasoning;
    if (reasoning.marks && prompt.ends_with(reasoning.marks->open)) reasoning.opened = true;
    return reasoning;
  };
  return made;
}

}  // namespace roundhouse::app::fake
