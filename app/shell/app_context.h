// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace roundhouse {
class AuditLog;
}

namespace roundhouse::widgets {
class Theme;
}

namespace roundhouse::app {

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
  AuditLog* audit = nullptr;  // null: no log could be opened, or none is wanted
};

}  // namespace roundhouse::app
