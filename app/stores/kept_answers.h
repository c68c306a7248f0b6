// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFileInfo>
#include <QList>
#include <QString>

#include "roundhouse/result.h"

namespace roundhouse::app {

// Where answers' tokens and routing are kept, in the data folder: a folder for each conversation, in it of each answer
// ANSWER.json and, of a mixture of experts, ANSWER.rhtrace.
inline constexpr const char* kAnswersFolder = "answers";

struct KeptFile {
  QFileInfo info;
  QString stem;           // path of the answer: without suffixes
  bool finished = false;  // or else being written, or left behind by a program that was killed meanwhile
};
// The answers' files below that folder, and nothing else that may lie there. Links are not followed.
QList<KeptFile> keptFiles(const QString& answersFolder);
// A FolderLock on that folder is held by all who write or delete there: while it is, no unfinished file is still being written.

struct KeptAnswers {
  int answers = 0;
  qint64 bytes = 0;
};

// What is kept in a data folder. Blocking, as is the next.
KeptAnswers keptAnswers(const QString& dataFolder);
// Deletes all of it, and nothing else that may lie there.
Status deleteKeptAnswers(const QString& dataFolder);

}  // namespace roundhouse::app
