// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "plugins/host/failure.h"
#include "plugins/host/manifest.h"

namespace roundhouse::plugins {

enum class PluginOrigin {
  environment,  // ROUNDHOUSE_PLUGINS
  bundled,      // comes with the program
  user,         // the user's own folder
};

struct PluginFolder {
  PluginOrigin origin = PluginOrigin::user;
  std::filesystem::path path;
};

// Where plugins are looked for, first come first served: each folder of ROUNDHOUSE_PLUGINS (joined by colons), those
// of the program (../plugins from `executable_folder` in a build tree, ../lib/roundhouse/plugins when installed), and
// `user_folder`. Folders that do not exist are left out, except the user's.
std::vector<PluginFolder> plugin_folders(const std::filesystem::path& executable_folder, const std::filesystem::path& user_folder);

struct FoundPlugin {
  PluginOrigin origin = PluginOrigin::user;
  std::filesystem::path folder;
  std::optional<Manifest> manifest;  // as far as it could be read
  std::optional<Failure> failure;    // manifest, version or duplicate
};

// Every folder that holds a plugin.json: each given folder itself and those in it, by name. Runs no plugin code. Of
// two plugins with one id, or one name of a command, tool, task or import, the first stands and the second is told.
std::vector<FoundPlugin> discover_plugins(const std::vector<PluginFolder>& folders);

}  // namespace roundhouse::plugins
