// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "app/bridge/answer_snapshot.h"

namespace roundhouse::app {

// Finished answers with their tokens and routing, so that they can be looked into in later runs too. Of an answer:
//   FOLDER/CONVERSATION/ANSWER.rhtrace  its trace with the texts of the context; none for a dense model
//   FOLDER/CONVERSATION/ANSWER.json     its text, tokens, their log-probabilities and alternatives
// Beyond `bytes` the oldest answers' files are given up. Blocking; one thread, but programs may share the folder, and
// deleteKeptAnswers() may empty it.
class AnswerArchive {
 public:
  static constexpr qint64 kBytes = 1ll << 30;

  explicit AnswerArchive(QString folder, qint64 bytes = kBytes) : folder_(std::move(folder)), bytes_(bytes) {}

  // Of the snapshot: text, tokens, trace, texts of the prompt, times, reasoning. The rest is kept with the message.
  Status keep(const AnswerSnapshot& answer);
  // What was kept, as a finished snapshot without a result. `not_found`: never kept, or given up. Damaged files: `malformed`.
  Result<AnswerSnapshot> load(const QString& conversation, const QString& answer) const;
  // Deletes what is kept of a conversation.
  Status forget(const QString& conversation);

 private:
  Result<QString> place(const char* operation, const QString& conversation, const QString& answer) const;
  void makeRoom(const QString& kept, bool alone);

  QString folder_;
  qint64 bytes_;
};

}  // namespace roundhouse::app
