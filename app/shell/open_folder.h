// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "roundhouse/result.h"

namespace roundhouse::app {

// Shows a folder in the desktop's file manager; an Error when none took it.
Status openFolder(const QString& folder);

}  // namespace roundhouse::app
