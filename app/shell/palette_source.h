// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shell/command_registry.h"
#include "widgets/controls/command_model.h"

namespace roundhouse::app {

// What the palette finds: every command of the registry, and the conversations and models that rooms name.
class PaletteSource : public widgets::CommandProvider {
 public:
  explicit PaletteSource(CommandRegistry& commands) : commands_(commands) {}

  // Asks the rooms anew; each time before the palette opens.
  void refresh();
  QList<widgets::Command> commands(const QString& query) override;
  void run(const QString& id) override;

 private:
  CommandRegistry& commands_;
  QList<PaletteTarget> targets_;
};

}  // namespace roundhouse::app
