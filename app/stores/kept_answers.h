// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "roundhouse/result.h"

namespace roundhouse::app {

// Where answers' tokens and routing are kept, in the data folder: a folder for each conversation.
inline constexpr const char* kAnswersFolder = "answers";

struct KeptAnswers {
  int answers = 0;
  qint64 bytes = 0;
};

// What is kept in a data folder. Blocking, as is the next.
KeptAnswers keptAnswers(const QString& dataFolder);
// Deletes all of it, and nothing else that may lie there.
Status deleteKeptAnswers(const QString& dataFolder);

}  // namespace roundhouse::app
