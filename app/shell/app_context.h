// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QString>

#include <memory>

namespace roundhouse::widgets {
class Theme;
}

namespace roundhouse::app {

class AuditService;
class CommandRegistry;
class EngineController;
class NetworkGate;
class SessionHub;
class Settings;
class TokenSelection;

// What a panel may use. Everything here outlives the panels; `commands` belongs to the panel's window.
struct AppContext {
  EngineController& engine;
  SessionHub& sessions;
  TokenSelection& selection;
  Settings& settings;
  NetworkGate& network;
  CommandRegistry& commands;
  QString dataFolder;         // exists; the user's own
  AuditService& audit;
  QHash<QString, std::shared_ptr<void>>& kept;

  // What a room has beyond its widgets: made with the first window, the same for later ones (a change of language
  // makes a new window), and gone before engine and sessions are.
  template <class T, class Make>
  T& keep(const QString& key, Make make) {
    std::shared_ptr<void>& place = kept[key];
    if (!place) place = std::shared_ptr<T>(make());
    return *static_cast<T*>(place.get());
  }
};

}  // namespace roundhouse::app
