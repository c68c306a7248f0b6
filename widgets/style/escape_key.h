// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QKeyEvent>

namespace roundhouse::widgets {

// For a widget that has a use for Escape now: claims it, so that the widget gets the key itself, whatever it is a shortcut
// for elsewhere. True: `event` asked for that, and is dealt with.
inline bool claimsEscape(QEvent* event) {
  if (event->type() != QEvent::ShortcutOverride || static_cast<QKeyEvent*>(event)->key() != Qt::Key_Escape) return false;
  event->accept();
  return true;
}

}  // namespace roundhouse::widgets
