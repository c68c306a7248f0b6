// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

#include "app/chat/conversation_changes.h"
#include "roundhouse/result.h"

namespace roundhouse::app {

// What a run could not save in its database, kept in files for the next one: "conversations.unsaved-<UTC>.json" beside
// the database, or where that folder cannot be written, in another of the user's folders. Members are named as in an exported
// conversation (conversation_file.h), but those of a change: what is absent stays as it is. A value; blocking.
class UnsavedFiles {
 public:
  // `others`: folders to turn to, the best first.
  explicit UnsavedFiles(const QString& database, QStringList others = userFolders());
  static QStringList userFolders();  // documents, home, for temporary files

  // The first of them that can be written now; empty: none.
  QString folder() const;
  // As one whole file (mode 0600); the value: its path. The error is that of the folder beside the database.
  Result<QString> write(const QList<ConversationChanges>& changes) const;
  // Those of this database, oldest first.
  QStringList find() const;
  static Result<QList<ConversationChanges>> read(const QString& file);

 private:
  QString database_;     // absolute
  QStringList folders_;  // its own first
};

}  // namespace roundhouse::app
