// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/engine_impl.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "engine/base/guarded.h"
#include "engine/cpu/create_backend.h"
#include "engine/facade/adapter_bytes.h"
#include "engine/facade/adapter_files.h"
#include "engine/facade/memory_check.h"
#include "engine/facade/model_digest.h"
#include "engine/facade/model_impl.h"
#include "engine/facade/opened_model.h"
#include "engine/io/json.h"
#include "roundhouse/audit.h"
#include "roundhouse/load_stage.h"

namespace roundhouse {

namespace {

// What the backend holds for a model that is being loaded: given back, unless the model has it by then.
class LoadingWeights {
 public:
  LoadingWeights(SharedBackend& backend, std::uint64_t id) : backend_(backend), id_(id) {}
  ~LoadingWeights() {
    if (passed_on_) return;
    const std::lock_guard<std::mutex> guard(backend_.mutex);
    backend_.backend->forget(id_);
  }
  LoadingWeights(const LoadingWeights&) = delete;
  LoadingWeights& operator=(const LoadingWeights&) = delete;
  void pass_on() { passed_on_ = true; }

 private:
  SharedBackend& backend_;
  const std::uint64_t id_;
  bool passed_on_ = false;
};

}  // namespace

const char* version() { return ROUNDHOUSE_VERSION; }

EngineImpl::EngineImpl(EngineOptions options, Context context, std::shared_ptr<SharedBackend> backend, Isa isa, int threads)
    : options_(std::move(options)), context_(std::move(context)), backend_(std::move(backend)), isa_(isa), threads_(threads),
      audit_texts_(options_.audit_texts), audit_(std::move(options_.audit)) {}

Result<std::shared_ptr<Engine>> Engine::create(EngineOptions options) {
  return guarded("create engine", "engine", [&]() -> Result<std::shared_ptr<Engine>> {
    int threads = options.threads;
    if (threads == 0) threads = static_cast<int>(std::thread::hardware_concurrency());
    if (threads < 1 || threads > 1024) {
      return Error{ErrorCode::invalid_argument, "create engine", "threads", "1 to 1024", std::to_string(options.threads)};
    }
    Context context;
    if (options.log) {
      context.log = std::make_shared<CallbackLogSink>(options.log);
    } else {
      const char* level = std::getenv("ROUNDHOUSE_LOG");
      context.log = make_stderr_log_sink(log_level_named(level ? level : "", LogLevel::warning));
    }
    RH_ASSIGN(auto made, create_cpu_backend(options.isa, threads, context));
    auto backend = std::make_shared<SharedBackend>();
    const Isa isa = made->isa();
    backend->backend = std::move(made);
    context.log->log(LogLevel::info, "engine", backend->backend->name() + ", " + std::to_string(threads) + " threads");
    return std::shared_ptr<Engine>(
        std::make_shared<EngineImpl>(std::move(options), std::move(context), std::move(backend), isa, threads));
  });
}

void EngineImpl::add_hooks(Hooks hooks) {
  const std::lock_guard<std::mutex> guard(mutex_);
  hooks_.push_back(std::move(hooks));
  guard_audit();
}

void EngineImpl::guard_audit() {
  std::vector<std::shared_ptr<AuditHook>> guards;
  for (const Hooks& each : hooks_) {
    if (each.audit) guards.push_back(each.audit);
  }
  if (!audit_ || guards.empty()) return;
  audit_->set_text_guard([guards](std::vector<AuditText>& texts) -> Status {
    for (const auto& each : guards) RH_TRY(each->before_audit(texts));
    return Ok{};
  });
}

void EngineImpl::set_audit(std::shared_ptr<AuditLog> log) {
  const std::lock_guard<std::mutex> guard(mutex_);
  audit_.swap(log);
  guard_audit();
}

std::shared_ptr<AuditLog> EngineImpl::audit() const {
  const std::lock_guard<std::mutex> guard(mutex_);
  return audit_;
}

std::vector<Hooks> EngineImpl::hooks() const {
  const std::lock_guard<std::mutex> guard(mutex_);
  return hooks_;
}

Result<std::shared_ptr<Model>> EngineImpl::load_model(const std::string& path, const LoadOptions& options,
                                                      std::function<void(const LoadProgress&)> progress, CancelToken cancel) {
  const std::int64_t begin = context_.clock->monotonic_ns();
  auto model = guarded("load model", path, [&] { return load(path, options, progress, cancel); });
  if (model.ok()) {
    const ModelInfo& info = (*model)->info();
    context_.log->log(LogLevel::info, "model", "loaded " + path + " (" + info.name + ", " + std::to_string(info.file_bytes) + " bytes) in " +
                                          std::to_string((context_.clock->monotonic_ns() - begin) / 1'000'000) + " ms");
  } else if (model.error().code != ErrorCode::cancelled) {
    context_.log->log(LogLevel::info, "model", "not loaded: " + model.error().message());
  }
  return model;
}

Result<std::shared_ptr<Model>> EngineImpl::load(const std::string& path, const LoadOptions& options,
                                                const std::function<void(const LoadProgress&)>& progress, const CancelToken& cancel) {
  const auto tell = [&](const char* stage, double fraction) {
    if (progress) progress({stage, fraction});
  };
  const auto cancelled = [&]() -> Status {
    if (cancel.cancelled()) return Error{ErrorCode::cancelled, "load model", path, "", "a cancel"};
    return Ok{};
  };
  tell(load_stage::mapping, 0.0);
  RH_ASSIGN(OpenedModel opened, open_model(path));
  const auto& source = opened.source;
  BuiltModel& built = opened.built;
  const ModelText& text = opened.text;
  ModelInfo& info = opened.info;
  ModelRuntime::Options runtime_options;
  runtime_options.context_tokens = options.context_tokens > 0 ? options.context_tokens : info.context_tokens;
  if (runtime_options.context_tokens > info.context_tokens) {
    return Error{ErrorCode::invalid_argument, "load model", path, "a context of at most " + std::to_string(info.context_tokens) + " tokens",
                 std::to_string(runtime_options.context_tokens)};
  }

  std::uint64_t copied = 0, total = 1;
  MemoryUse in_place;
  {
    const std::lock_guard<std::mutex> guard(backend_->mutex);
    for (const Weight& weight : built.weights.all()) {
      const std::uint64_t packed = backend_->backend->bytes_to_prepare(weight);
      copied += packed;
      total += weight.bytes;
      if (packed == 0) (weight.experts > 1 ? in_place.expert_weights_bytes : in_place.dense_weights_bytes) += weight.bytes;
    }
  }
  for (const StackedWeight& stacked : built.stacked) {
    copied += stacked.weight->bytes;
    total += stacked.weight->bytes;
  }
  // While adapters are loaded they are there as read and as stacked.
  const std::uint64_t adapted = adapter_bytes(options.adapters).total_bytes();
  RH_TRY(check_memory(path, {info.dense_bytes + info.expert_bytes + adapted, copied + 2 * adapted},
                      {options_.memory_bytes > 0 ? options_.memory_bytes : available_memory_bytes(), physical_memory_bytes()}));

  std::string digest;
  if (options.verify_digest) {
    RH_TRY(cancelled());
    RH_ASSIGN(digest, model_digest(source->files, cancel, [&](std::uint64_t done, std::uint64_t all) {
                tell(load_stage::computing_digest, 0.05 + 0.35 * static_cast<double>(std::min(done, all)) / static_cast<double>(std::max<std::uint64_t>(all, 1)));
              }));
  }
  std::uint64_t done = 0;
  const auto prepared = [&](std::uint64_t bytes) {
    done += bytes;
    tell(load_stage::preparing_weights, 0.4 + 0.58 * static_cast<double>(done) / static_cast<double>(total));
  };
  RH_TRY(stack_weights(built, cancel, prepared));
  const auto text_model = std::make_shared<const TextModel>(std::move(built.spec), std::move(built.weights));
  RH_ASSIGN(const std::vector<LoraAdapter> adapters, load_adapters(options.adapters, *text_model, *source));
  if (!adapters.empty()) {
    RH_ASSIGN(AdapterStack stack, AdapterStack::create(*text_model, adapters));
    const MemoryUse held = adapter_bytes(stack);
    in_place.dense_weights_bytes += held.dense_weights_bytes;
    in_place.expert_weights_bytes += held.expert_weights_bytes;
    runtime_options.adapter_stack = std::make_shared<const AdapterStack>(std::move(stack));
    for (const LoraAdapter& adapter : adapters) runtime_options.adapters.push_back(adapter.name);
  }
  const std::uint64_t id = next_model_++;
  LoadingWeights weights(*backend_, id);
  const auto prepare = [&](const Weight& weight) -> Status {
    RH_TRY(cancelled());
    {
      const std::lock_guard<std::mutex> guard(backend_->mutex);
      RH_TRY(backend_->backend->prepare(id, weight));
    }
    return source->verify_unchanged ? source->verify_unchanged() : Status(Ok{});
  };
  for (const Weight& weight : text_model->weights().all()) {
    RH_TRY(prepare(weight));
    prepared(weight.bytes);
  }
  if (runtime_options.adapter_stack) {
    for (const Weight& weight : runtime_options.adapter_stack->weights()) RH_TRY(prepare(weight));
  }

  runtime_options.token_count = text.tokenizer->size();
  runtime_options.verify_unchanged = source->verify_unchanged;
  runtime_options.provenance.model_name = info.name;
  runtime_options.provenance.model_sha256 = digest;
  runtime_options.provenance.program = std::string(options_.program) + " " + version();
  runtime_options.provenance.isa = isa_name(isa_);
  const std::int32_t context = runtime_options.context_tokens;
  std::vector<std::string> adapter_names = runtime_options.adapters;
  RH_ASSIGN(auto runtime, ModelRuntime::create(text_model, backend_, std::move(runtime_options)));
  auto model = std::make_shared<ModelImpl>(shared_from_this(), id, std::move(info), digest, in_place, text.tokenizer, text.chat_template,
                                           std::move(runtime), context, std::move(adapter_names));
  weights.pass_on();
  if (const std::shared_ptr<AuditLog> log = audit()) {
    AuditEntry entry;
    entry.kind = audit_kind::model_load;
    entry.user = options_.user;
    entry.program = options_.program;
    entry.model_name = model->info().name;
    entry.model_digest = digest.empty() ? "" : "sha256:" + digest;
    entry.action = "load";
    if (!adapters.empty()) {
      Json named = Json::array();
      for (const LoraAdapter& adapter : adapters) named.push_back({{"name", adapter.name}, {"digest", "sha256:" + adapter.sha256}});
      entry.extra_json = dump_json(Json{{"adapters", named}});
    }
    const auto logged = log->append(std::move(entry));
    if (!logged.ok()) return logged.error();
    if (!logged->warning.empty()) context_.log->log(LogLevel::warning, "audit", logged->warning);
  }
  tell(load_stage::ready, 1.0);
  return std::shared_ptr<Model>(std::move(model));
}

}  // namespace roundhouse
