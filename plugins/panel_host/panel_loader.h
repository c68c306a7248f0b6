// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointer>
#include <QString>
#include <QThreadPool>
#include <QWidget>

#include <filesystem>
#include <memory>
#include <vector>

#include "plugins/api/panel/panel.h"
#include "plugins/host/plugin_manager.h"

namespace roundhouse::plugins {

struct AvailablePanel {
  std::filesystem::path folder;  // the plugin's
  QString plugin;                // its id
  plugin::PanelSpec spec;
};

// The panels of running plugins, for the window. Window's thread only.
//
// Order that the window keeps: start_all() (on a worker), then refresh(); before set_enabled(folder, false),
// check_again() or stop_all(), unload() or the destructor. A panel library that fails is listed at its plugin
// (PluginInfo::panel_failure); the plugin's core goes on.
class PanelLoader : public QObject {
  Q_OBJECT
 public:
  explicit PanelLoader(std::shared_ptr<PluginManager> manager, QObject* parent = nullptr);
  // Unloads all and cancels the tools that panels called. One that does not return within a second keeps its thread
  // and the manager until it does, or until the process ends.
  ~PanelLoader() override;

  void setLanguage(const QString& language);
  QString language() const { return language_; }

  // Loads the panel libraries of plugins that run and passed their panel probe, and emits panelsChanged() if that
  // brought or took something.
  void refresh();
  std::vector<AvailablePanel> panels() const;
  // Null: failed; the reason stands at the plugin.
  QWidget* create(const std::filesystem::path& folder, const QString& panel, QWidget* parent);
  // An event of `receiver` threw `what`. If it is a panel or lies in one, that is noted at the plugin, its panels are taken
  // down as soon as control is back in the event loop, and the value is true.
  bool blame(QObject* receiver, const QString& what);
  // Deletes the panels of a plugin, wherever they were put, and lets go of its library.
  void unload(const std::filesystem::path& folder);

 Q_SIGNALS:
  void panelsChanged();

 private:
  struct Loaded;
  struct Link;
  const std::shared_ptr<PluginManager> manager_;
  const std::shared_ptr<Link> link_;  // what workers post to
  std::unique_ptr<QThreadPool> workers_;
  QString language_ = QStringLiteral("en");
  std::vector<std::unique_ptr<Loaded>> loaded_;
};

}  // namespace roundhouse::plugins
