// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "plugins/host/core_instance.h"
#include "plugins/host/discovery.h"
#include "plugins/host/plugin_host.h"
#include "plugins/host/probe_cache.h"
#include "plugins/host/probe_runner.h"
#include "plugins/host/state_store.h"

namespace roundhouse::plugins {

enum class PluginState {
  found,     // read, not checked yet
  disabled,  // switched off by the user
  checking,  // a probe runs
  checked,   // the probe passed; not running
  running,
  failed,    // see PluginInfo::failure
};
const char* plugin_state_name(PluginState state);

struct PluginInfo {
  std::filesystem::path folder;           // its key: a broken plugin may have no id
  PluginOrigin origin = PluginOrigin::user;
  std::optional<Manifest> manifest;       // as far as it could be read
  PluginState state = PluginState::found;
  std::optional<Failure> failure;         // why it is not running; also: why it stopped badly
  std::optional<Failure> panel_failure;   // the core runs, its panels do not
  bool panel_checked = false;             // the panel library passed its probe
};

// Whether set_enabled() can mean it. Not where another plugin has its id or name, or its manifest is of no use: what is
// remembered is the id, and that may be another's.
bool can_be_switched(const PluginInfo& plugin);

struct ToolInfo {
  ToolSpec spec;
  std::string text_argument;  // see plugin::Tool
  LocalText summary;          // from the manifest
  std::string plugin;         // id
};

struct PluginManagerOptions {
  std::vector<PluginFolder> folders;
  std::filesystem::path state_folder;
  ProbeProgram probe;                        // roundhouse-plugin-probe
  std::optional<ProbeProgram> panel_probe;   // roundhouse-panel-probe; none: panel libraries are not looked at
  double stop_seconds = 3;                   // how long a call that ignores its cancel token is waited for
  std::shared_ptr<const HostServices> services = std::make_shared<HostServices>();
};

// All plugins of a program: finds, probes, starts and stops them, and is the only way to their extensions. What a
// plugin does wrong becomes its PluginInfo::failure and is never fatal.
//
// Any thread. Methods that run plugin code or a probe say "blocks"; one of them runs at a time (others wait), calls of
// extensions excepted, which run beside each other. None of them may be called from inside an extension, except
// through plugin::Host.
class PluginManager {
 public:
  explicit PluginManager(PluginManagerOptions options);
  ~PluginManager();  // stop_all()
  PluginManager(const PluginManager&) = delete;
  PluginManager& operator=(const PluginManager&) = delete;

  // Called after each change of list(), on the thread that made it. Set it before anything else; it must return at
  // once and not call back into the manager.
  void set_listener(std::function<void()> changed);

  // Reads all manifests anew; plugins that run go on as they are. Runs no plugin code.
  void discover();
  std::vector<PluginInfo> list() const;

  // Blocks. Probes all enabled plugins (several at once) and starts those that pass, phase by phase. Cancelled, it starts
  // none; those that were not probed stay `found`.
  void start_all(const CancelToken& cancel = {});
  // Blocks. The same for the one plugin that contributes this, for a program that needs nothing else.
  // `not_found`: no manifest lists it; `unsupported`: it is switched off or failed, with the reason.
  enum class Kind { command, tool, eval_task, import };
  Status start_owner(Kind kind, const std::string& name, const CancelToken& cancel = {});
  // Blocks. Stops in reverse order of start.
  void stop_all();

  // Blocks. Remembered between runs and written to the audit log. Switching off stops the plugin (whoever shows its
  // panels removes them first); switching on probes and starts it. `unsupported` unless can_be_switched().
  Status set_enabled(const std::filesystem::path& folder, bool enabled, const CancelToken& cancel = {});
  // Blocks. Forgets what earlier probes said and starts the plugin if it passes now.
  Status check_again(const std::filesystem::path& folder, const CancelToken& cancel = {});

  // Extensions of running plugins; the call blocks until the extension returns. Each call is in the audit log before
  // it begins. `json` and `arguments` as in plugin::CommandCall.
  Result<int> run_command(const std::string& name, const plugin::CommandCall& call);
  Result<std::string> command_usage(const std::string& name);
  std::vector<ToolInfo> tools() const;
  Result<ToolResultPart> call_tool(const ToolCallPart& tool_call, const std::string& conversation, const CancelToken& cancel = {});
  Result<plugin::EvalReport> run_eval(const std::string& name, const plugin::EvalCall& call);
  Result<int> import_version(const std::string& name);
  Status run_import(const std::string& name, const std::string& path, plugin::ImportSink& sink, const CancelToken& cancel = {});

  // Runs `use` with the core of a running plugin, which does not stop meanwhile. For the loader of panels.
  Status with_running(const std::filesystem::path& folder, const std::function<Status(plugin::Plugin&, plugin::Host&)>& use);
  void set_panel_failure(const std::filesystem::path& folder, Failure failure);

 private:
  struct Running;
  struct Item;
  class Use;

  std::optional<Failure> check(const Item& item, const CancelToken& cancel, std::optional<Failure>& panel_failure, bool& panel_checked);
  void check_items(const std::vector<std::shared_ptr<Item>>& items, const CancelToken& cancel);
  void start_items(const std::vector<std::shared_ptr<Item>>& items);
  // No more calls; waits a little for those under way, then stop, release and destroy.
  std::optional<Failure> end(const std::shared_ptr<Running>& running);
  void stop_item(const std::shared_ptr<Item>& item);
  std::shared_ptr<Item> item_at(const std::filesystem::path& folder) const;
  std::shared_ptr<Item> owner_of(Kind kind, const std::string& name) const;
  template <class Change>
  void change(const std::shared_ptr<Item>& item, Change&& change);
  Result<std::int64_t> audit(const Manifest& manifest, const std::string& action, const std::string& session, std::int64_t refers_to,
                             const std::string& extra_json, std::vector<AuditText> texts) const;
  template <class Extension>
  Result<Use> use(const std::vector<Registered<Extension>> Extensions::*list, const char* kind, const std::string& name,
                  const CancelToken& cancel, Extension** extension) const;

  const PluginManagerOptions options_;
  const StateStore store_;
  const ProbeCache cache_;
  std::mutex lifecycle_;                     // held by what probes, starts or stops
  mutable std::mutex mutex_;                 // guards what follows and the Items' info
  std::vector<std::shared_ptr<Item>> items_;
  std::vector<std::shared_ptr<Item>> started_;  // in order of start
  std::function<void()> listener_;
};

}  // namespace roundhouse::plugins
