// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <new>
#include <sstream>

#include "app/cli/cli.h"
#include "app/cli/options.h"
#include "app/cli/plugin_command.h"

namespace roundhouse::cli {
namespace {

constexpr const char* exit_code_help =
    "Exit codes: 0 done; 1 failed, the reason is on standard error; 2 wrong arguments; 3 the audit log was tampered with;\n"
    "130 interrupted (143: terminated, 129: the terminal went away); 141 the reader of standard output went away. Plugin commands: 1 to 99 of their own.\n"
    "Files: what was done is in the audit log of the data folder (ROUNDHOUSE_DATA, or roundhouse in the XDG data folder),\n"
    "the same that the window writes.";

// The first argument that is no option: the command's name.
std::size_t command_position(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].empty() || arguments[i][0] != '-') return i;
  }
  return arguments.size();
}

// Whether --json was given, also where the arguments as a whole make no sense.
bool asks_json(const std::vector<std::string>& arguments) {
  const auto own = std::find(arguments.begin(), arguments.end(), "--");  // what stands behind it is no option
  return std::find(arguments.begin(), own, "--json") != own;
}

// What the parser says, "--threads: expected ..., found ..." where the check is ours, in the parts of an Error.
Error parse_error(const std::string& said) {
  const std::size_t colon = said.find(": expected ");
  const std::size_t found = colon == std::string::npos ? colon : said.find(", found '", colon);
  if (found == std::string::npos) return {{}, {}, "command line", {}, said + " (roundhouse-cli --help)"};
  const std::size_t expected = colon + std::string_view(": expected ").size();
  return {{}, {}, said.substr(0, colon), said.substr(expected, found - expected), said.substr(found + std::string_view(", found ").size())};
}

int refuse(Cli& cli, const std::vector<std::string>& arguments, Error error) {
  error.code = ErrorCode::invalid_argument;
  const int failed = cli.fail(argument_error(std::move(error)), asks_json(arguments));
  return failed == exit_failed ? exit_usage : failed;
}

int run_arguments(const std::vector<std::string>& arguments, const Environment& environment, Interrupt& interrupt) {
  Cli cli(environment, interrupt);
  CLI::App app("Roundhouse on the command line: talk with models, see which experts answer, measure, check the audit log.", "roundhouse-cli");
  app.set_version_flag("--version", std::string("roundhouse-cli ") + version());
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "The help of all commands");
  Commands commands;
  add_chat(app, commands);
  add_generate(app, commands);
  add_inspect(app, commands);
  add_export(app, commands);
  add_tokenize(app, commands);
  add_trace(app, commands);
  add_bench(app, commands);
  add_audit(app, commands);
  add_plugins(app, commands);
  add_eval(app, commands);
  add_import(app, commands);
  add_train(app, commands);

  const std::size_t position = command_position(arguments);
  if (position < arguments.size()) {
    const std::string& name = arguments[position];
    const auto own = app.get_subcommands([&](CLI::App* command) { return command->get_name() == name; });
    if (own.empty()) {
      if (!is_plugin_command(cli, name)) {
        return refuse(cli, arguments, {{}, {}, "command", "one of the program's or of a plugin's (roundhouse-cli --help)", "'" + name + "'"});
      }
      std::vector<std::string> rest(arguments);
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(position));
      return run_plugin_command(cli, name, std::move(rest));
    }
  }
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(reversed);
  } catch (const CLI::Success& success) {
    // --help or --version: the text goes where results go.
    std::string plugins;
    if (position == arguments.size()) plugins = plugin_commands_help(cli);
    app.footer((plugins.empty() ? "" : "Commands of plugins:\n" + plugins + "\n") + exit_code_help);
    std::ostringstream text;
    std::ostringstream none;
    app.exit(success, text, none);
    const Status wrote = cli.out.write(text.str());
    return wrote.ok() ? exit_ok : cli.fail(wrote.error(), false);
  } catch (const CLI::ParseError& error) {
    return refuse(cli, arguments, parse_error(error.what()));
  }
  for (const Command& command : commands) {
    if (!command.app->parsed()) continue;
    const auto code = command.run(cli);
    if (code.ok()) return *code;
    const int failed = cli.fail(code.error(), *command.json);
    return code.error().operation == read_argument && failed == exit_failed ? exit_usage : failed;
  }
  return exit_usage;
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Environment& environment, Interrupt& interrupt) {
  OutStream err(environment.err, "standard error");
  try {
    return run_arguments(arguments, environment, interrupt);
  } catch (const std::bad_alloc&) {
    (void)err.write("roundhouse-cli: out of memory\n");
  } catch (const std::exception& error) {
    (void)err.write(std::string("roundhouse-cli: ") + error.what() + "\n");
  }
  return exit_failed;
}

}  // namespace roundhouse::cli
