// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/plugin_manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "plugins/host/guarded.h"
#include "plugins/host/text.h"

namespace roundhouse::plugins {
namespace {

namespace fs = std::filesystem;
constexpr int loads_that_ended = 2;  // so many programs in a row ended while loading a plugin: it is left alone

// What a failure says may hold what the user gave: it is a text of its entry, not one of its facts.
template <class T>
std::vector<AuditText> error_text(const Result<T>& result) {
  if (result.ok()) return {};
  return {{"error", result.error().message()}};
}

const std::vector<Contribution>& contributions(const Manifest& manifest, PluginManager::Kind kind) {
  switch (kind) {
    case PluginManager::Kind::command: return manifest.commands;
    case PluginManager::Kind::tool: return manifest.tools;
    case PluginManager::Kind::eval_task: return manifest.eval_tasks;
    case PluginManager::Kind::import: return manifest.imports;
  }
  return manifest.commands;
}

const char* kind_name(PluginManager::Kind kind) {
  switch (kind) {
    case PluginManager::Kind::command: return "command";
    case PluginManager::Kind::tool: return "tool";
    case PluginManager::Kind::eval_task: return "eval task";
    case PluginManager::Kind::import: return "import";
  }
  return "extension";
}

std::string json_text(const nlohmann::json& json) { return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

}  // namespace

const char* plugin_state_name(PluginState state) {
  switch (state) {
    case PluginState::found: return "found";
    case PluginState::disabled: return "disabled";
    case PluginState::checking: return "checking";
    case PluginState::checked: return "checked";
    case PluginState::running: return "running";
    case PluginState::failed: return "failed";
  }
  return "failed";
}

bool can_be_switched(const PluginInfo& plugin) {
  if (!plugin.manifest) return false;
  if (!plugin.failure || plugin.failure->phase != Phase::manifest) return true;
  const FailureKind kind = plugin.failure->kind;
  return kind != FailureKind::manifest && kind != FailureKind::duplicate && kind != FailureKind::version;
}

// A core in this process. Calls of its extensions are counted, so that it is not stopped under them.
struct PluginManager::Running {
  Running(const Manifest& manifest, const fs::path& folder, std::shared_ptr<const HostServices> services, const StateStore& store,
          PluginHost::CallTool call_tool)
      : host(manifest, std::move(services), store, std::move(call_tool)), core(manifest, folder) {}

  PluginHost host;
  CoreInstance core;

  std::mutex mutex;
  std::condition_variable idle;
  bool open = false;                 // guarded: extensions may be called
  std::vector<CancelToken> calls;    // guarded: of the calls under way
  int count = 0;                     // guarded
};

struct PluginManager::Item {
  PluginInfo info;                    // guarded by PluginManager::mutex_
  std::shared_ptr<Running> running;   // guarded likewise
};

// One call of an extension: keeps its plugin from being stopped.
class PluginManager::Use {
 public:
  static std::optional<Use> begin(std::shared_ptr<Running> running, const CancelToken& cancel) {
    const std::lock_guard lock(running->mutex);
    if (!running->open) return {};
    ++running->count;
    running->calls.push_back(cancel);
    return Use(std::move(running), cancel);
  }
  Use(Use&& other) noexcept : running_(std::move(other.running_)), cancel_(std::move(other.cancel_)) {}
  Use& operator=(Use&&) = delete;
  ~Use() {
    if (!running_) return;
    const std::lock_guard lock(running_->mutex);
    // Tokens have no identity; the counts agree once all calls are over, which is when it matters.
    if (--running_->count == 0) running_->calls.clear();
    running_->idle.notify_all();
  }
  const Manifest& manifest() const { return running_->core.manifest(); }

 private:
  Use(std::shared_ptr<Running> running, CancelToken cancel) : running_(std::move(running)), cancel_(std::move(cancel)) {}
  std::shared_ptr<Running> running_;
  CancelToken cancel_;
};

PluginManager::PluginManager(PluginManagerOptions options)
    : options_(std::move(options)), store_(options_.state_folder), cache_(options_.state_folder / "probes.json") {}

PluginManager::~PluginManager() { stop_all(); }

void PluginManager::set_listener(std::function<void()> changed) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(changed);
}

template <class Change>
void PluginManager::change(const std::shared_ptr<Item>& item, Change&& change) {
  std::function<void()> listener;
  {
    const std::lock_guard lock(mutex_);
    change(*item);
    listener = listener_;
  }
  if (listener) listener();
}

void PluginManager::discover() {
  const std::lock_guard lifecycle(lifecycle_);
  std::vector<FoundPlugin> found = discover_plugins(options_.folders);
  const auto disabled = store_.disabled();
  std::function<void()> listener;
  {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Item>> items;
    for (FoundPlugin& plugin : found) {
      const auto known = std::find_if(items_.begin(), items_.end(), [&](const auto& item) { return item->info.folder == plugin.folder; });
      if (known != items_.end() && (*known)->running) {
        items.push_back(*known);
        continue;
      }
      auto item = std::make_shared<Item>();
      item->info.folder = plugin.folder;
      item->info.origin = plugin.origin;
      item->info.manifest = std::move(plugin.manifest);
      item->info.failure = std::move(plugin.failure);
      if (item->info.failure) {
        item->info.state = PluginState::failed;
      } else if (!disabled.ok()) {
        // What the user switched off is not known: nothing is started against their will.
        item->info.state = PluginState::failed;
        item->info.failure = Failure{FailureKind::probe, Phase::manifest, one_line(disabled.error().message(), 400)};
      } else if (disabled->count(item->info.manifest->id) != 0) {
        item->info.state = PluginState::disabled;
      }
      items.push_back(std::move(item));
    }
    // One that runs and whose folder is gone stays listed until it is stopped.
    for (const auto& item : items_) {
      if (item->running && std::find(items.begin(), items.end(), item) == items.end()) items.push_back(item);
    }
    items_ = std::move(items);
    listener = listener_;
  }
  if (listener) listener();
}

std::vector<PluginInfo> PluginManager::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<PluginInfo> infos;
  for (const auto& item : items_) infos.push_back(item->info);
  return infos;
}

std::shared_ptr<PluginManager::Item> PluginManager::item_at(const fs::path& folder) const {
  const std::lock_guard lock(mutex_);
  for (const auto& item : items_) {
    if (item->info.folder == folder) return item;
  }
  return nullptr;
}

// --- Probes ---

std::optional<Failure> PluginManager::check(const Item& item, const CancelToken& cancel, std::optional<Failure>& panel_failure, bool& panel_checked) {
  PluginInfo info;
  {
    const std::lock_guard lock(mutex_);
    info = item.info;
  }
  const Manifest& manifest = *info.manifest;
  if (store_.unfinished_loads(manifest.id) >= loads_that_ended) {
    return Failure{FailureKind::ended_program, Phase::open, fmt::format("{} times in a row", store_.unfinished_loads(manifest.id))};
  }
  const auto probe = [&](const fs::path& library, const ProbeProgram& program) -> std::optional<Failure> {
    const fs::path manifest_file = info.folder / manifest_file_name;
    const auto subject = cache_.subject(manifest_file, library, program);
    if (!subject.ok()) {
      const bool missing = subject.error().code == ErrorCode::not_found && !fs::exists(library);
      return Failure{missing ? FailureKind::missing_file : FailureKind::probe, Phase::open, one_line(subject.error().message(), 400)};
    }
    if (const auto verdict = cache_.find(*subject)) return verdict->failure;
    std::optional<Failure> failure = run_probe_program(program, manifest_file, cancel);
    (void)cache_.keep(*subject, failure);  // without it the plugin is probed again next time
    return failure;
  };
  if (auto failure = probe(info.folder / manifest.core, options_.probe)) return failure;
  if (options_.panel_probe && !manifest.panel.empty()) {
    panel_failure = probe(info.folder / manifest.panel, *options_.panel_probe);
    panel_checked = !panel_failure;
  }
  return {};
}

void PluginManager::check_items(const std::vector<std::shared_ptr<Item>>& items, const CancelToken& cancel) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < items.size(); i = next++) {
      change(items[i], [](Item& item) {
        item.info.state = PluginState::checking;
        item.info.failure.reset();
        item.info.panel_failure.reset();
        item.info.panel_checked = false;
      });
      std::optional<Failure> panel_failure;
      bool panel_checked = false;
      const auto failure = check(*items[i], cancel, panel_failure, panel_checked);
      // One whose probe was stopped is none the worse for it: it waits for the next try.
      const bool stopped = cancel.cancelled() && (failure || panel_failure);
      change(items[i], [&](Item& item) {
        item.info.state = stopped ? PluginState::found : failure ? PluginState::failed : PluginState::checked;
        if (stopped) return;
        item.info.failure = failure;
        item.info.panel_failure = panel_failure;
        item.info.panel_checked = panel_checked;
      });
    }
  };
  // A probe mostly waits, and a hanging one for its whole limit: a few at once.
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < std::min<std::size_t>(items.size(), 4); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
}

// --- Life ---

void PluginManager::start_items(const std::vector<std::shared_ptr<Item>>& items) {
  struct Candidate {
    std::shared_ptr<Item> item;
    std::shared_ptr<Running> running;
    std::string id;
    bool failed = false;
  };
  std::vector<Candidate> candidates;
  const auto fail = [&](Candidate& candidate, Failure failure) {
    candidate.failed = true;
    (void)end(candidate.running);
    store_.loaded(candidate.id);
    change(candidate.item, [&](Item& item) {
      item.running.reset();
      item.info.state = PluginState::failed;
      item.info.failure = std::move(failure);
    });
  };
  for (const auto& item : items) {
    PluginInfo info;
    {
      const std::lock_guard lock(mutex_);
      info = item->info;
    }
    if (info.state != PluginState::checked) continue;
    Candidate candidate{item, {}, info.manifest->id};
    candidate.running = std::make_shared<Running>(
        *info.manifest, info.folder, options_.services, store_, [this](const std::string& name, const std::string& arguments, const CancelToken& cancel) {
          return call_tool(ToolCallPart{{}, name, arguments}, {}, cancel);
        });
    if (const Status marked = store_.begin_loading(candidate.id); !marked.ok()) {
      fail(candidate, {FailureKind::probe, Phase::open, one_line(marked.error().message(), 400)});
      continue;
    }
    auto failure = candidate.running->core.load();
    if (!failure) failure = candidate.running->core.initialise(candidate.running->host);
    if (failure) fail(candidate, *failure);
    candidates.push_back(std::move(candidate));
  }
  // From here on tools can be called, by extensions_ready() of others too.
  const auto each = [&](auto&& phase) {
    for (Candidate& candidate : candidates) {
      if (candidate.failed) continue;
      if (auto failure = phase(candidate)) fail(candidate, *failure);
    }
  };
  for (Candidate& candidate : candidates) {
    if (candidate.failed) continue;
    {
      const std::lock_guard lock(candidate.running->mutex);
      candidate.running->open = true;
    }
    change(candidate.item, [&](Item& item) { item.running = candidate.running; });
  }
  each([&](Candidate& candidate) { return candidate.running->core.extensions_ready(); });
  each([&](Candidate& candidate) { return candidate.running->core.start(); });
  for (Candidate& candidate : candidates) {
    if (candidate.failed) continue;
    store_.loaded(candidate.id);
    change(candidate.item, [&](Item& item) {
      item.info.state = PluginState::running;
      started_.push_back(candidate.item);
    });
  }
}

std::optional<Failure> PluginManager::end(const std::shared_ptr<Running>& running) {
  bool idle = false;
  {
    std::unique_lock lock(running->mutex);
    running->open = false;
    for (const CancelToken& call : running->calls) call.cancel();
    idle = running->idle.wait_for(lock, std::chrono::duration<double>(options_.stop_seconds), [&] { return running->count == 0; });
  }
  if (idle) return running->core.shut_down();
  // Its code still runs: it keeps its objects until the process ends.
  new std::shared_ptr<Running>(running);
  return Failure{FailureKind::hung, Phase::call, "an extension did not return when the plugin was stopped"};
}

void PluginManager::stop_item(const std::shared_ptr<Item>& item) {
  std::shared_ptr<Running> running;
  {
    const std::lock_guard lock(mutex_);
    running = item->running;
    started_.erase(std::remove(started_.begin(), started_.end(), item), started_.end());
  }
  if (!running) return;
  const std::optional<Failure> failure = end(running);
  change(item, [&](Item& target) {
    target.running.reset();
    target.info.state = failure ? PluginState::failed : PluginState::checked;
    target.info.failure = failure;
  });
}

void PluginManager::start_all(const CancelToken& cancel) {
  const std::lock_guard lifecycle(lifecycle_);
  std::vector<std::shared_ptr<Item>> items;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& item : items_) {
      if (item->info.state == PluginState::found || item->info.state == PluginState::checked) items.push_back(item);
    }
  }
  check_items(items, cancel);
  if (!cancel.cancelled()) start_items(items);
}

std::shared_ptr<PluginManager::Item> PluginManager::owner_of(Kind kind, const std::string& name) const {
  const std::lock_guard lock(mutex_);
  for (const auto& item : items_) {
    if (!item->info.manifest || (item->info.failure && item->info.failure->kind == FailureKind::duplicate)) continue;
    for (const Contribution& contribution : contributions(*item->info.manifest, kind)) {
      if (contribution.name == name) return item;
    }
  }
  return nullptr;
}

Status PluginManager::start_owner(Kind kind, const std::string& name, const CancelToken& cancel) {
  const auto item = owner_of(kind, name);
  const std::string object = std::string(kind_name(kind)) + " " + one_line(name, 80);
  if (!item) return Error{ErrorCode::not_found, "start plugin", object, "one that a plugin offers", "none"};
  const std::lock_guard lifecycle(lifecycle_);
  PluginInfo info;
  const auto look = [&] {
    const std::lock_guard lock(mutex_);
    info = item->info;
  };
  look();
  if (info.state == PluginState::found || info.state == PluginState::checked) {
    check_items({item}, cancel);
    start_items({item});
    look();
  }
  if (info.state == PluginState::running) return Ok{};
  return Error{ErrorCode::unsupported, "start plugin", object + " of " + info.manifest->id, "a plugin that runs",
               info.failure ? info.failure->reason() : "it is switched off"};
}

void PluginManager::stop_all() {
  const std::lock_guard lifecycle(lifecycle_);
  for (;;) {
    std::shared_ptr<Item> last;
    {
      const std::lock_guard lock(mutex_);
      if (started_.empty()) return;
      last = started_.back();
    }
    stop_item(last);
  }
}

Status PluginManager::set_enabled(const fs::path& folder, bool enabled, const CancelToken& cancel) {
  const auto item = item_at(folder);
  const char* const operation = enabled ? "switch plugin on" : "switch plugin off";
  PluginInfo info;
  if (item) {
    const std::lock_guard lock(mutex_);
    info = item->info;
  }
  const std::optional<Manifest>& manifest = info.manifest;
  if (!manifest) return Error{ErrorCode::not_found, operation, folder.string(), "a plugin with an id", "none"};
  if (!can_be_switched(info)) {
    return Error{ErrorCode::unsupported, operation, folder.string(), "a plugin whose manifest and id are its own", info.failure->reason()};
  }
  RH_TRY(audit(*manifest, enabled ? "enabled" : "disabled", {}, 0, {}, {}));
  const std::lock_guard lifecycle(lifecycle_);
  RH_TRY(store_.set_disabled(manifest->id, !enabled));
  if (!enabled) {
    stop_item(item);
    change(item, [](Item& target) {
      target.info.state = PluginState::disabled;
      target.info.failure.reset();
    });
    return Ok{};
  }
  bool startable = false;
  change(item, [&](Item& target) {
    startable = target.info.state == PluginState::disabled;
    if (startable) target.info.state = PluginState::found;
  });
  if (startable) {
    check_items({item}, cancel);
    start_items({item});
  }
  return Ok{};
}

Status PluginManager::check_again(const fs::path& folder, const CancelToken& cancel) {
  discover();  // the manifest may have been mended
  const auto item = item_at(folder);
  if (!item) return Error{ErrorCode::not_found, "check plugin", folder.string(), "a plugin", "none"};
  const std::lock_guard lifecycle(lifecycle_);
  PluginInfo info;
  {
    const std::lock_guard lock(mutex_);
    info = item->info;
  }
  if (!info.manifest) return Ok{};
  RH_TRY(cache_.forget(folder / info.manifest->core));
  if (!info.manifest->panel.empty()) RH_TRY(cache_.forget(folder / info.manifest->panel));
  store_.loaded(info.manifest->id);
  if (info.state == PluginState::disabled || (info.failure && info.failure->phase == Phase::manifest)) return Ok{};
  stop_item(item);
  check_items({item}, cancel);
  start_items({item});
  return Ok{};
}

// --- Extensions ---

Result<std::int64_t> PluginManager::audit(const Manifest& manifest, const std::string& action, const std::string& session,
                                          std::int64_t refers_to, const std::string& extra_json, std::vector<AuditText> texts) const {
  if (!options_.services->audit) return std::int64_t{0};
  AuditEntry entry;
  entry.kind = std::string(audit_kind::plugin);
  entry.session = session;
  entry.refers_to = refers_to;
  entry.plugin = manifest.id;
  entry.action = action;
  entry.extra_json = extra_json.empty() ? json_text({{"version", manifest.version}}) : extra_json;
  entry.texts = std::move(texts);
  return options_.services->audit(std::move(entry));
}

template <class Extension>
Result<PluginManager::Use> PluginManager::use(const std::vector<Registered<Extension>> Extensions::*list, const char* kind,
                                              const std::string& name, const CancelToken& cancel, Extension** extension) const {
  std::vector<std::shared_ptr<Running>> running;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& item : items_) {
      if (item->running) running.push_back(item->running);
    }
  }
  for (const auto& candidate : running) {
    // Only while it is held open: then nobody stops it, and its lists stand.
    auto held = Use::begin(candidate, cancel);
    if (!held) continue;
    for (const auto& registered : candidate->core.extensions().*list) {
      if (registered.name != name) continue;
      *extension = registered.extension.get();
      return std::move(*held);
    }
  }
  return Error{ErrorCode::not_found, std::string("call ") + kind, one_line(name, 80), "one of a running plugin", "none of that name"};
}

Result<int> PluginManager::run_command(const std::string& name, const plugin::CommandCall& call) {
  plugin::Command* command = nullptr;
  RH_ASSIGN(const Use held, use(&Extensions::commands, "command", name, call.cancel, &command));
  RH_ASSIGN(const std::int64_t begun, audit(held.manifest(), "command", {}, 0, json_text({{"version", held.manifest().version}, {"command", name}}),
                                            {{"arguments", json_text(call.arguments)}}));
  Result<int> code = guarded("run command", name, [&] { return command->run(call); });
  if (code.ok() && (*code < 0 || *code > 99)) {
    code = Error{ErrorCode::internal, "run command", name, "an exit code of 0 to 99", std::to_string(*code)};
  }
  const nlohmann::json outcome = code.ok() ? nlohmann::json{{"command", name}, {"exit", *code}}
                                           : nlohmann::json{{"command", name}, {"error", error_code_name(code.error().code)}};
  RH_TRY(audit(held.manifest(), "command_ended", {}, begun, json_text(outcome), error_text(code)));
  return code;
}

Result<std::string> PluginManager::command_usage(const std::string& name) {
  plugin::Command* command = nullptr;
  RH_ASSIGN(const Use held, use(&Extensions::commands, "command", name, {}, &command));
  return guarded("usage of command", name, [&]() -> Result<std::string> { return command->usage(); });
}

std::vector<ToolInfo> PluginManager::tools() const {
  std::vector<std::shared_ptr<Running>> running;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& item : items_) {
      if (item->running) running.push_back(item->running);
    }
  }
  std::vector<ToolInfo> infos;
  for (const auto& candidate : running) {
    const auto held = Use::begin(candidate, {});
    if (!held) continue;
    const Manifest& manifest = held->manifest();
    for (const auto& registered : candidate->core.extensions().tools) {
      auto info = guarded("describe tool", registered.name, [&]() -> Result<ToolInfo> {
        ToolInfo asked;
        asked.spec = registered.extension->spec();
        asked.text_argument = registered.extension->text_argument();
        return asked;
      });
      if (!info.ok()) continue;
      info->spec.name = registered.name;
      info->plugin = manifest.id;
      for (const Contribution& contribution : manifest.tools) {
        if (contribution.name == registered.name) info->summary = contribution.summary;
      }
      infos.push_back(std::move(info).value());
    }
  }
  return infos;
}

Result<ToolResultPart> PluginManager::call_tool(const ToolCallPart& tool_call, const std::string& conversation, const CancelToken& cancel) {
  plugin::Tool* tool = nullptr;
  RH_ASSIGN(const Use held, use(&Extensions::tools, "tool", tool_call.name, cancel, &tool));
  if (!nlohmann::json::parse(tool_call.arguments_json, nullptr, false).is_object()) {
    return Error{ErrorCode::invalid_argument, "call tool", tool_call.name, "arguments as a JSON object", one_line(tool_call.arguments_json, 80)};
  }
  const std::string version = held.manifest().version;
  RH_ASSIGN(const std::int64_t begun,
            audit(held.manifest(), "tool_call", conversation, 0, json_text({{"version", version}, {"tool", tool_call.name}}),
                  {{"arguments", tool_call.arguments_json}}));
  Result<plugin::ToolResult> result = guarded("call tool", tool_call.name, [&] {
    return tool->call(plugin::ToolCall{tool_call.arguments_json, conversation, cancel});
  });
  if (result.ok() && invalid_utf8(result->content) != std::string::npos) {
    result = Error{ErrorCode::malformed, "call tool", tool_call.name, "a result in UTF-8", one_line(result->content, 80)};
  }
  if (!result.ok()) {
    RH_TRY(audit(held.manifest(), "tool_failed", conversation, begun,
                 json_text({{"version", version}, {"tool", tool_call.name}, {"error", error_code_name(result.error().code)}}), error_text(result)));
    return std::move(result).error();
  }
  RH_TRY(audit(held.manifest(), "tool_result", conversation, begun,
               json_text({{"version", version}, {"tool", tool_call.name}, {"citations", result->citations.size()}}), {{"result", result->content}}));
  ToolResultPart part;
  part.call_id = tool_call.id;
  part.name = tool_call.name;
  part.content = std::move(result->content);
  part.citations = std::move(result->citations);
  return part;
}

Result<plugin::EvalReport> PluginManager::run_eval(const std::string& name, const plugin::EvalCall& call) {
  plugin::EvalTask* task = nullptr;
  RH_ASSIGN(const Use held, use(&Extensions::eval_tasks, "eval task", name, call.cancel, &task));
  RH_ASSIGN(const std::int64_t begun,
            audit(held.manifest(), "eval", {}, 0,
                  json_text({{"version", held.manifest().version}, {"task", name}, {"data", call.data}, {"limit", call.limit}, {"adapter", call.adapter}}), {}));
  Result<plugin::EvalReport> report = guarded("run eval task", name, [&] { return task->run(call); });
  nlohmann::json outcome = {{"task", name}};
  if (report.ok()) {
    outcome["items"] = report->items;
    for (const plugin::EvalMetric& metric : report->metrics) outcome["metrics"][metric.name] = metric.value;
  } else {
    outcome["error"] = error_code_name(report.error().code);
  }
  RH_TRY(audit(held.manifest(), "eval_ended", {}, begun, json_text(outcome), error_text(report)));
  return report;
}

Result<int> PluginManager::import_version(const std::string& name) {
  plugin::DataImport* import = nullptr;
  RH_ASSIGN(const Use held, use(&Extensions::imports, "import", name, {}, &import));
  return guarded("import version", name, [&]() -> Result<int> { return import->version(); });
}

Status PluginManager::run_import(const std::string& name, const std::string& path, plugin::ImportSink& sink, const CancelToken& cancel) {
  plugin::DataImport* import = nullptr;
  RH_ASSIGN(const Use held, use(&Extensions::imports, "import", name, cancel, &import));
  RH_ASSIGN(const std::string digest, file_sha256(path, "import data"));
  RH_ASSIGN(const std::int64_t begun,
            audit(held.manifest(), "import", {}, 0,
                  json_text({{"version", held.manifest().version}, {"import", name}, {"file", fs::path(path).filename().string()}, {"sha256", digest}}), {}));
  const Status status = guarded("import data", name, [&] { return import->run(path, sink, cancel); });
  RH_TRY(audit(held.manifest(), "import_ended", {}, begun,
               json_text(status.ok() ? nlohmann::json{{"import", name}} : nlohmann::json{{"import", name}, {"error", status.error().message()}}), {}));
  return status;
}

Status PluginManager::with_running(const fs::path& folder, const std::function<Status(plugin::Plugin&, plugin::Host&)>& use) {
  std::shared_ptr<Running> running;
  if (const auto item = item_at(folder)) {
    const std::lock_guard lock(mutex_);
    running = item->running;
  }
  const std::optional<Use> held = running ? Use::begin(running, {}) : std::nullopt;
  if (!held) return Error{ErrorCode::not_found, "use plugin", folder.string(), "a running plugin", "it is not running"};
  return use(*running->core.plugin(), running->host);
}

void PluginManager::set_panel_failure(const fs::path& folder, Failure failure) {
  if (const auto item = item_at(folder)) {
    change(item, [&](Item& target) { target.info.panel_failure = std::move(failure); });
  }
}

}  // namespace roundhouse::plugins
