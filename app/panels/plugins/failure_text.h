// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "plugins/host/failure.h"
#include "plugins/host/plugin_manager.h"

namespace roundhouse::app {

// Why a plugin is not running, as a sentence in the window's language; the detail (a signal, a symbol, a file) stays as
// it is.
QString failureText(const plugins::Failure& failure);
QString stateText(plugins::PluginState state);
QString originText(plugins::PluginOrigin origin);
QString localText(const plugins::LocalText& text);

}  // namespace roundhouse::app
