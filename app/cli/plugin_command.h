// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "app/cli/cli.h"

namespace roundhouse::cli {

// Whether a plugin's manifest lists this command. Runs no plugin code.
bool is_plugin_command(Cli& cli, const std::string& name);

// Runs it, and of all plugins loads only its own. --model and its value, --json and --help are taken out of the arguments.
int run_plugin_command(Cli& cli, const std::string& name, std::vector<std::string> arguments);

// "  example-calculate   Work out ...", a line a command, for --help.
std::string plugin_commands_help(Cli& cli);

}  // namespace roundhouse::cli
