// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMargins>
#include <QRect>

namespace roundhouse::app {

// Where a window of the client area `client` has to lie so that all of it, `frame` included, is within `available`:
// moved as little as possible, and smaller where it must be, but never below `minimum`. The top left corner counts most.
QRect fittedToScreen(QRect client, const QMargins& frame, const QRect& available, const QSize& minimum);

}  // namespace roundhouse::app
