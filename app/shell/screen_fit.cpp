// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/screen_fit.h"

#include <algorithm>

namespace roundhouse::app {

QRect fittedToScreen(QRect client, const QMargins& frame, const QRect& available, const QSize& minimum) {
  const QRect room = available.marginsRemoved(frame);
  client.setSize(client.size().boundedTo(room.size()).expandedTo(minimum));
  client.moveTo(std::max(room.left(), std::min(client.left(), room.right() + 1 - client.width())),
                std::max(room.top(), std::min(client.top(), room.bottom() + 1 - client.height())));
  return client;
}

}  // namespace roundhouse::app
