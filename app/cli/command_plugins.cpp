// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/json_text.h"
#include "app/cli/options.h"
#include "app/cli/plugin_command.h"

namespace roundhouse::cli {
namespace {

using plugins::PluginInfo;

struct PluginsOptions : CommandOptions {
  bool check = false;
  std::string enable, disable;
};

std::string id_of(const PluginInfo& plugin) { return plugin.manifest ? plugin.manifest->id : plugin.folder.filename().string(); }

Json plugin_json(const PluginInfo& plugin) {
  Json json = {{"id", plugin.manifest ? Json(plugin.manifest->id) : Json()}, {"folder", plugin.folder.string()}, {"state", plugin_state_name(plugin.state)}};
  if (plugin.failure) json["reason"] = plugin.failure->reason();
  if (const auto& manifest = plugin.manifest) {
    json["name"] = {{"en", manifest->name.en}, {"zh", manifest->name.zh}};
    json["version"] = manifest->version;
    json["licence"] = manifest->licence;
    json["author"] = manifest->author;
    json["api"] = std::to_string(manifest->api_major) + "." + std::to_string(manifest->api_minor);
    const auto names = [](const std::vector<plugins::Contribution>& list) {
      Json array = Json::array();
      for (const auto& contribution : list) array.push_back(contribution.name);
      return array;
    };
    json["commands"] = names(manifest->commands);
    json["tools"] = names(manifest->tools);
    json["eval_tasks"] = names(manifest->eval_tasks);
    json["imports"] = names(manifest->imports);
    json["panels"] = names(manifest->panels);
  }
  return json;
}

std::string plugin_text(const PluginInfo& plugin, const std::string& language) {
  std::string text = id_of(plugin);
  if (plugin.manifest) text += " " + plugin.manifest->version + ": " + plugin.manifest->name.in(language) + " (" + plugin.manifest->licence + ")";
  text += "\n  " + std::string(plugin_state_name(plugin.state));
  if (plugin.state == plugins::PluginState::found) text += ", not tried yet (--check does)";
  if (plugin.failure) text += ": " + plugin.failure->reason();
  text += "\n  " + plugin.folder.string() + "\n";
  if (plugin.manifest) {
    const auto names = [&](const char* what, const std::vector<plugins::Contribution>& list) {
      for (const auto& contribution : list) text += std::string("  ") + what + " " + contribution.name + ": " + contribution.summary.in(language) + "\n";
    };
    names("command", plugin.manifest->commands);
    names("tool", plugin.manifest->tools);
    names("eval", plugin.manifest->eval_tasks);
    names("import", plugin.manifest->imports);
  }
  return terminal_safe(text);
}

Result<int> run_plugins(Cli& cli, const PluginsOptions& options) {
  plugins::PluginManager& manager = cli.plugins();
  const CancelToken cancel;
  const Interrupt::Scope scope(cli.interrupt, [cancel] { cancel.cancel(); });
  for (const bool enabled : {true, false}) {
    const std::string& id = enabled ? options.enable : options.disable;
    if (id.empty()) continue;
    bool found = false;
    for (const PluginInfo& plugin : manager.list()) {
      if (!plugins::can_be_switched(plugin) || plugin.manifest->id != id) continue;
      found = true;
      RH_TRY(manager.set_enabled(plugin.folder, enabled, cancel));
    }
    if (!found) return Error{ErrorCode::not_found, enabled ? "switch plugin on" : "switch plugin off", id, "the id of a plugin that was found", "none of that id"};
  }
  if (options.check) manager.start_all(cancel);
  bool failed = false;
  Json json = Json::array();
  std::string text;
  for (const PluginInfo& plugin : manager.list()) {
    failed |= plugin.state == plugins::PluginState::failed;
    json.push_back(plugin_json(plugin));
    text += plugin_text(plugin, cli.settings().language);
  }
  RH_TRY(cli.out.write(options.json ? to_text(json) + "\n" : text.empty() ? "no plugins\n" : text));
  if (cli.interrupt.came()) return cli.interrupt.exit_code();
  return options.check && failed ? exit_failed : exit_ok;
}

}  // namespace

void add_plugins(CLI::App& root, Commands& commands) {
  auto& options = add_command<PluginsOptions>(root, commands, "plugins", "List plugins, try them, switch them on or off", &run_plugins);
  options.app->add_flag("--check", options.check, "Try each in a process of its own and start it; ends with 1 if one fails");
  options.app->add_option("--enable", options.enable, "Id of a plugin to switch on");
  options.app->add_option("--disable", options.disable, "Id of a plugin to switch off, here and in the window");
}

}  // namespace roundhouse::cli
