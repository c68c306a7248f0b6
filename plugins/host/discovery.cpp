// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "plugins/host/text.h"

namespace roundhouse::plugins {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t folder_limit = 1000;

bool holds_manifest(const fs::path& folder) {
  std::error_code error;
  // Also what is there but cannot be read: it is listed with the reason.
  return fs::symlink_status(folder / manifest_file_name, error).type() > fs::file_type::not_found;
}

std::vector<fs::path> candidates(const fs::path& folder) {
  std::vector<fs::path> list;
  if (holds_manifest(folder)) list.push_back(folder);
  std::error_code error;
  for (fs::directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error), end;
       !error && entry != end && list.size() < folder_limit; entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored) && holds_manifest(entry->path())) list.push_back(entry->path());
  }
  std::sort(list.begin(), list.end());
  return list;
}

}  // namespace

std::vector<PluginFolder> plugin_folders(const fs::path& executable_folder, const fs::path& user_folder) {
  std::vector<PluginFolder> folders;
  const auto add = [&](PluginOrigin origin, const fs::path& path) {
    std::error_code error;
    const fs::path absolute = fs::weakly_canonical(path, error);
    if (error || !fs::is_directory(absolute, error)) return;
    const bool known = std::any_of(folders.begin(), folders.end(), [&](const PluginFolder& folder) { return folder.path == absolute; });
    if (!known) folders.push_back({origin, absolute});
  };
  if (const char* list = std::getenv("ROUNDHOUSE_PLUGINS")) {
    std::string_view rest = list;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(':'), rest.size());
      if (end > 0) add(PluginOrigin::environment, fs::path(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  if (!executable_folder.empty()) {
    add(PluginOrigin::bundled, executable_folder / ".." / "plugins");
    add(PluginOrigin::bundled, executable_folder / ".." / "lib" / "roundhouse" / "plugins");
  }
  folders.push_back({PluginOrigin::user, user_folder});
  return folders;
}

std::vector<FoundPlugin> discover_plugins(const std::vector<PluginFolder>& folders) {
  std::vector<FoundPlugin> plugins;
  std::map<std::string, fs::path> owners;  // "id x", "command x" -> folder
  for (const PluginFolder& folder : folders) {
    for (const fs::path& candidate : candidates(folder.path)) {
      const bool known = std::any_of(plugins.begin(), plugins.end(), [&](const FoundPlugin& plugin) { return plugin.folder == candidate; });
      if (known) continue;
      FoundPlugin plugin{folder.origin, candidate, {}, {}};
      auto manifest = read_manifest(candidate / manifest_file_name);
      if (!manifest.ok()) {
        plugin.failure = Failure{FailureKind::manifest, Phase::manifest, one_line(manifest.error().message(), 600)};
        plugins.push_back(std::move(plugin));
        continue;
      }
      plugin.manifest = std::move(manifest).value();
      const Manifest& known_manifest = *plugin.manifest;
      if (const Status version = check_api_version(known_manifest.api_major, known_manifest.api_minor, "manifest"); !version.ok()) {
        plugin.failure = Failure{FailureKind::version, Phase::manifest,
                                 fmt::format("it needs {}, this program offers {}", version.error().received, version.error().expected)};
        plugins.push_back(std::move(plugin));
        continue;
      }
      std::vector<std::string> names = {"id " + known_manifest.id};
      const auto collect = [&](const char* kind, const std::vector<Contribution>& list) {
        for (const Contribution& contribution : list) names.push_back(std::string(kind) + " " + contribution.name);
      };
      collect("command", known_manifest.commands);
      collect("tool", known_manifest.tools);
      collect("eval task", known_manifest.eval_tasks);
      collect("import", known_manifest.imports);
      for (const std::string& name : names) {
        const auto owner = owners.find(name);
        if (owner != owners.end()) {
          plugin.failure = Failure{FailureKind::duplicate, Phase::manifest, fmt::format("{} is taken by {}", name, one_line(owner->second.string()))};
          break;
        }
      }
      if (!plugin.failure) {
        for (const std::string& name : names) owners.emplace(name, candidate);
      }
      plugins.push_back(std::move(plugin));
    }
  }
  return plugins;
}

}  // namespace roundhouse::plugins
