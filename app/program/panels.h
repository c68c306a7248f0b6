// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>

#include "app/chat/chat_panel.h"
#include "app/shell/panel.h"

namespace roundhouse::app {

// Every room of the window, in the order of the rail. A new one is a line in panels.cpp.
QList<PanelFactory> allPanels(const ChatPanelOptions& chat);

}  // namespace roundhouse::app
