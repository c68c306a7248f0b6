// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "roundhouse/audit.h"

namespace roundhouse::app {

// What a check of the audit log found, as a sentence in the user's language that names its entries.
QString findingText(const AuditFinding& finding);

}  // namespace roundhouse::app
