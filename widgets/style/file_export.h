// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

namespace roundhouse::widgets {

// Writes beside the path and renames: the file is old or new, never half. On failure the error names the file and
// the system's reason.
bool writeWholeFile(const QString& path, const QByteArray& bytes, QString* error);

// One CSV field in UTF-8, quoted when RFC 4180 asks for it. A text that a spreadsheet would run as a formula is
// prefixed with an apostrophe.
QByteArray csvField(const QString& text);

}  // namespace roundhouse::widgets
