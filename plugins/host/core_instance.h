// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "plugins/api/core/plugin.h"
#include "plugins/host/extensions.h"
#include "plugins/host/failure.h"
#include "plugins/host/manifest.h"

namespace roundhouse::plugins {

// One plugin core in this process and the order of its phases: the same code in the probe and in the program.
// The phases are called on one thread; a phase that fails leaves only shut_down() to be called.
class CoreInstance {
 public:
  // `entering` is told of each phase before any code of the plugin runs in it; it may be empty.
  CoreInstance(Manifest manifest, std::filesystem::path folder, std::function<void(Phase)> entering = {});
  ~CoreInstance();  // shut_down()
  CoreInstance(const CoreInstance&) = delete;
  CoreInstance& operator=(const CoreInstance&) = delete;

  std::optional<Failure> load();  // open, check, create
  std::optional<Failure> initialise(plugin::Host& host);
  std::optional<Failure> extensions_ready();
  std::optional<Failure> start();
  // stop, release and destroy, as far as the plugin got; goes on after a failure and gives the first.
  std::optional<Failure> shut_down();

  const Manifest& manifest() const { return manifest_; }
  const Extensions& extensions() const { return extensions_; }
  plugin::Plugin* plugin() const { return plugin_; }

 private:
  template <class Call>
  std::optional<Failure> phase(Phase phase, Call&& call);

  const Manifest manifest_;
  const std::filesystem::path folder_;
  const std::function<void(Phase)> entering_;
  const RoundhousePluginEntry* entry_ = nullptr;
  plugin::Plugin* plugin_ = nullptr;
  Extensions extensions_;
  bool initialised_ = false, started_ = false;
};

}  // namespace roundhouse::plugins
