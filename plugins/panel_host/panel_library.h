// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QWidget>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "plugins/api/panel/panel.h"
#include "plugins/host/failure.h"
#include "plugins/host/manifest.h"

namespace roundhouse::plugins {

// A plugin's panel library in this process: the same code in the probe and in the window. Window's thread only.
class PanelLibrary {
 public:
  // `entering` is told of each phase before plugin code runs in it; it may be empty.
  PanelLibrary(Manifest manifest, std::filesystem::path folder, std::function<void(Phase)> entering = {});
  // The widgets must be gone.
  ~PanelLibrary();
  PanelLibrary(const PanelLibrary&) = delete;
  PanelLibrary& operator=(const PanelLibrary&) = delete;

  // Opens, checks (also the Qt it was built with) and creates. Does not come twice.
  std::optional<Failure> load();
  // What it says of its panels; exactly those of the manifest.
  std::optional<Failure> describe(const QString& language, std::vector<plugin::PanelSpec>& specs);
  std::optional<Failure> create_panel(const QString& id, plugin::PanelHost& host, QWidget* parent, QWidget** panel);
  std::optional<Failure> destroy();

 private:
  const Manifest manifest_;
  const std::filesystem::path folder_;
  const std::function<void(Phase)> entering_;
  const RoundhousePluginEntry* entry_ = nullptr;
  plugin::PanelPlugin* plugin_ = nullptr;
};

}  // namespace roundhouse::plugins
