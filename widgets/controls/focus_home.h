// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>

class QWidget;

namespace roundhouse::widgets {

// When one of `controls` is disabled or hidden while it has the focus, the focus goes to `home` (or the nearest of its
// parents that can be seen) and not, as Qt has it, to whichever control comes next: that one might do what cannot be
// undone with the next key. `home` outlives the controls.
void keepFocusAt(QWidget* home, const QList<QWidget*>& controls);

}  // namespace roundhouse::widgets
