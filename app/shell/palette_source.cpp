// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/palette_source.h"

namespace roundhouse::app {

void PaletteSource::refresh() { targets_ = commands_.targets(); }

QList<widgets::Command> PaletteSource::commands(const QString&) {
  QList<widgets::Command> all;
  for (const CommandSpec& spec : commands_.specs()) {
    if (!spec.inPalette) continue;
    const QAction* action = commands_.action(spec.id);
    all.append({spec.id, action->text(), spec.group, {}, spec.id, spec.iconName, action->shortcut(), action->isEnabled()});
  }
  for (const PaletteTarget& target : targets_) {
    all.append({target.id, target.title, target.group, target.detail, {}, target.iconName, {}, true});
  }
  return all;
}

void PaletteSource::run(const QString& id) {
  if (commands_.trigger(id)) return;
  for (const PaletteTarget& target : std::as_const(targets_)) {
    if (target.id != id) continue;
    const auto act = target.run;  // it may refresh us
    act();
    return;
  }
}

}  // namespace roundhouse::app
