// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/plugin_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/cli/argument_error.h"

namespace roundhouse::cli {
namespace {

using plugins::PluginManager;

class StreamOutput final : public plugin::Output {
 public:
  explicit StreamOutput(Cli& cli) : cli_(cli) {}
  Status out(std::string_view text) override { return cli_.out.write(text); }
  void note(std::string_view line) override { cli_.note(std::string(line)); }

 private:
  Cli& cli_;
};

bool usable(const plugins::PluginInfo& plugin) {
  return plugin.manifest && !(plugin.failure && plugin.failure->kind == plugins::FailureKind::duplicate);
}

}  // namespace

bool is_plugin_command(Cli& cli, const std::string& name) {
  const auto list = cli.plugins().list();
  return std::any_of(list.begin(), list.end(), [&](const plugins::PluginInfo& plugin) {
    return usable(plugin) && std::any_of(plugin.manifest->commands.begin(), plugin.manifest->commands.end(),
                                         [&](const plugins::Contribution& command) { return command.name == name; });
  });
}

int run_plugin_command(Cli& cli, const std::string& name, std::vector<std::string> arguments) {
  // What stands behind "--" is the command's own, whatever it looks like.
  const auto own = std::find(arguments.begin(), arguments.end(), "--");
  std::vector<std::string> behind;
  if (own != arguments.end()) {
    behind.assign(own + 1, arguments.end());
    arguments.erase(own, arguments.end());
  }
  bool json = false, help = false;
  ModelOptions model;
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--json") {
      json = true;
    } else if (arguments[i] == "--help" || arguments[i] == "-h") {
      help = true;
    } else if (arguments[i] == "--model") {
      if (i + 1 == arguments.size()) {
        return cli.fail(Error{ErrorCode::invalid_argument, read_argument, "--model", "a path behind it", "nothing"}, json), exit_usage;
      }
      model.model = arguments[++i];
    } else {
      rest.push_back(arguments[i]);
    }
  }
  rest.insert(rest.end(), behind.begin(), behind.end());
  cli.set_plugin_model(model);
  const CancelToken cancel;
  const Interrupt::Scope scope(cli.interrupt, [cancel] { cancel.cancel(); });
  if (const Status started = cli.plugins().start_owner(PluginManager::Kind::command, name, cancel); !started.ok()) return cli.fail(started.error(), json);
  if (help) {
    const auto usage = cli.plugins().command_usage(name);
    if (!usage.ok()) return cli.fail(usage.error(), json);
    if (const Status wrote = cli.out.write(*usage); !wrote.ok()) return cli.fail(wrote.error(), false);
    return exit_ok;
  }
  StreamOutput output(cli);
  const auto code = cli.plugins().run_command(name, plugin::CommandCall{std::move(rest), json, output, cancel});
  if (!code.ok()) return cli.fail(code.error(), json);
  if (cli.interrupt.came()) return cli.interrupt.exit_code();
  return *code;
}

std::string plugin_commands_help(Cli& cli) {
  std::string text;
  for (const plugins::PluginInfo& plugin : cli.plugins().list()) {
    if (!usable(plugin) || plugin.state == plugins::PluginState::disabled) continue;
    for (const plugins::Contribution& command : plugin.manifest->commands) {
      text += fmt::format("  {:<27} {}\n", command.name, terminal_safe(command.summary.in(cli.settings().language)));
    }
  }
  return text;
}

}  // namespace roundhouse::cli
