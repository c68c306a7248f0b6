// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plugins/host/probe_child.h"

namespace roundhouse::plugins {

// What roundhouse-panel-probe adds to a core's phases: loads the panel library, makes each panel, shows it, lets it live
// for a moment in both languages, destroys it. Needs a QApplication.
std::optional<Failure> probe_panels(CoreInstance& core, const std::filesystem::path& folder, plugin::Host& host,
                                    const std::function<void(Phase)>& entering);

}  // namespace roundhouse::plugins
