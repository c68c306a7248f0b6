// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <string>

namespace roundhouse::app {

// The engine speaks English only. What it says most (files that are cut off or of another kind, unknown types, memory,
// the audit log) in the user's language; other words stay as they are, and so do numbers, names and paths.
QString engineText(const std::string& said);

// The same for a whole Error::message(), part by part.
QString engineMessage(const std::string& message);

}  // namespace roundhouse::app
