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

// Held while answers are written or deleted, so that threads and programs do not take each other's files away: while
// it is held, no unfinished file is still being written. Waits two seconds at most; then, and where the file system
// knows no locks, one goes on without.
class AnswersLock {
 public:
  explicit AnswersLock(const QString& answersFolder);
  ~AnswersLock();
  AnswersLock(const AnswersLock&) = delete;
  AnswersLock& operator=(const AnswersLock&) = delete;
  bool held() const { return held_; }

 private:
  int folder_ = -1;
  bool held_ = false;
};

struct KeptAnswers {
  int answers = 0;
  qint64 bytes = 0;
};

// What is kept in a data folder. Blocking, as is the next.
KeptAnswers keptAnswers(const QString& dataFolder);
// Deletes all of it, and nothing else that may lie there.
Status deleteKeptAnswers(const QString& dataFolder);

}  // namespace roundhouse::app
