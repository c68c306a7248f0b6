// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "roundhouse/result.h"

namespace roundhouse::plugins {

// What the plugin host keeps for a user below one folder, shared by the window and the command line:
//   disabled.json            ids that the user switched off
//   settings/<id>.json       values of one plugin
//   data/<id>/               a plugin's own folder
//   loading/<id>             a program is loading this plugin now, or ended while it did
//   probes.json              results of probes (probe_cache.h)
// Folders come into being when something is written; every change is made under a lock and replaces a whole file.
class StateStore {
 public:
  explicit StateStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  const std::filesystem::path& folder() const { return folder_; }

  Result<std::set<std::string>> disabled() const;
  Status set_disabled(const std::string& id, bool disabled) const;

  Result<std::optional<std::string>> setting(const std::string& id, const std::string& key) const;
  Status set_setting(const std::string& id, const std::string& key, const std::optional<std::string>& value) const;
  Result<std::filesystem::path> data_folder(const std::string& id) const;

  // How many programs in a row ended while loading this plugin: begin_loading() counts one more, loaded() clears it.
  int unfinished_loads(const std::string& id) const;
  Status begin_loading(const std::string& id) const;
  void loaded(const std::string& id) const;

 private:
  const std::filesystem::path folder_;
};

}  // namespace roundhouse::plugins
