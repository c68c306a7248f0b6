// SPDX-License-Identifier: Apache-2.0
#pragma once

// The optional panel library of a plugin: Qt Widgets. Everything here is called on the window's thread only. It is
// created after the core was started and destroyed, panels first, before the core is stopped.

#include <QtCore/QString>
#include <QtCore/QStringList>
#include <QtCore/QtGlobal>
#include <QtGui/QIcon>
#include <QtWidgets/QWidget>

#include <functional>
#include <vector>

#include "plugins/api/core/plugin.h"

namespace roundhouse::plugin {

struct PanelSpec {
  QString id;       // [a-z0-9-], as in the manifest
  QString title;    // in the language asked for
  QString tooltip;
  QIcon icon;       // monochrome, at least 24 pixels; may be null
};

// What the window offers to panels. Lives longer than they do.
class PanelHost {
 public:
  virtual Host& host() = 0;      // the same as the core has
  virtual Plugin& plugin() = 0;  // the core: cast it to an interface that both libraries share
  virtual QString language() const = 0;
  // Calls a tool of any running plugin on a worker thread; `done` comes on the window's thread, and does not come
  // once `context` is gone.
  virtual void callTool(const QString& name, const QString& argumentsJson, QObject* context,
                        std::function<void(const Result<ToolResult>&)> done) = 0;

 protected:
  ~PanelHost() = default;
};

class PanelPlugin {
 public:
  virtual ~PanelPlugin() = default;
  virtual std::vector<PanelSpec> panels(const QString& language) = 0;
  // A plain widget with a stable object name; the window docks it, owns it and deletes it. Null: failed.
  // It follows the application's palette and font, and takes QEvent::LanguageChange.
  virtual QWidget* createPanel(const QString& id, PanelHost& host, QWidget* parent) = 0;
};

}  // namespace roundhouse::plugin

// Exports CLASS (derived from roundhouse::plugin::PanelPlugin, with a default constructor) as the panels of plugin ID.
#define ROUNDHOUSE_PANEL_PLUGIN(CLASS, ID)                                                                 \
  extern "C" __attribute__((visibility("default"))) const RoundhousePluginEntry roundhouse_panel_entry = { \
      ROUNDHOUSE_PANEL_MAGIC,                                                                              \
      ROUNDHOUSE_PLUGIN_API_MAJOR,                                                                         \
      ROUNDHOUSE_PLUGIN_API_MINOR,                                                                         \
      sizeof(RoundhousePluginEntry),                                                                       \
      roundhouse::plugin::cxx_abi(),                                                                       \
      QT_VERSION,                                                                                          \
      0,                                                                                                   \
      ID,                                                                                                  \
      []() -> void* { return static_cast<roundhouse::plugin::PanelPlugin*>(new CLASS); },                  \
      [](void* plugin) { delete static_cast<roundhouse::plugin::PanelPlugin*>(plugin); }}
