// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QWidget;

namespace roundhouse::app {

class CommandRegistry;

// Opens the palette over `window` with every enabled command and every target of the registry; runs what is chosen.
void showCommandPalette(QWidget* window, CommandRegistry& commands);

}  // namespace roundhouse::app
