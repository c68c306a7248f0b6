// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

#include "app/chat/conversation_changes.h"
#include "roundhouse/result.h"

class QJsonArray;

namespace roundhouse::app {

// What a run could not save in its database, kept in files for the next one: "conversations.unsaved-<UTC>.json" beside
// the database, or where that folder cannot be written, in another of the user's folders. Members are named as in an exported
// conversation (conversation_file.h), but those of a change: what is absent stays as it is. A value; blocking.
class UnsavedFiles {
 public:
  static constexpr qint64 kMostBytes = 256ll << 20;  // larger ones are not read
  // `others`: folders to turn to, the best first.
  explicit UnsavedFiles(const QString& database, const QStringList& others = userFolders(), qint64 mostBytes = kMostBytes);
  static QStringList userFolders();  // documents, home, for temporary files

  // The first of them that can be written now; empty: none.
  QString folder() const;
  // As one whole file (mode 0600), or several if it would be larger than is read; the value: the path of the first. The
  // error is that of the folder beside the database.
  Result<QString> write(const QList<ConversationChanges>& changes) const;
  // Those of this database from all folders, oldest first.
  QStringList find() const;
  // When its content stood so (UTC).
  static qint64 writtenMs(const QString& file);
  // All of it, or what is wrong: nothing of another shape is taken for nothing.
  static Result<QList<ConversationChanges>> read(const QString& file);
  static constexpr const char* kReading = "bring back what was not saved";  // operation of its errors

 private:
  Result<QString> writePart(const QJsonArray& part) const;

  qint64 most_bytes_;    // of a file
  QString database_;     // absolute
  QStringList folders_;  // its own first
};

// Only one program at a time takes a file in.
class UnsavedClaim {
 public:
  enum class State {
    Mine,
    Others,  // another program is about it
    Gone,    // another program was
  };
  explicit UnsavedClaim(const QString& file);
  ~UnsavedClaim();
  UnsavedClaim(const UnsavedClaim&) = delete;
  UnsavedClaim& operator=(const UnsavedClaim&) = delete;
  State state() const { return state_; }

 private:
  int fd_ = -1;
  State state_ = State::Mine;
};

}  // namespace roundhouse::app
