// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "roundhouse/message.h"
#include "roundhouse/result.h"

namespace roundhouse::app {

inline constexpr qint64 kMaxAttachmentBytes = 4 * 1024 * 1024;

// Reads a text file that is to go to the model: a FilePart with the digest of the file's bytes. UTF-8 with or without
// byte order mark and UTF-16 with one are understood; a Transform tells when the text is not the bytes. Blocking.
// `limit`: larger than kMaxAttachmentBytes. `malformed`: not text (bytes that are no UTF-8, or NULs). `io`, `not_found`.
Result<Part> readTextFile(const QString& path);

}  // namespace roundhouse::app
