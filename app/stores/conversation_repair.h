// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <atomic>

#include "app/stores/conversation_schema.h"
#include "app/stores/database.h"

namespace roundhouse::app {

// A database of conversations that is no more what it was, put right. Nothing is thrown away: what was there, and what
// could be told of it, is kept beside the database. After a failure all is as it was found. The caller holds the FolderLock
// of its folder, and lets go of the connections that it has once this has succeeded, not before.
struct Repaired {
  QString aside;          // the damaged file, or the copy of one that was replaced; empty: none was needed
  bool damaged = false;   // it was taken over row by row
  Salvaged salvaged;
};

// Puts a new database, of what can be read of the damaged one, in its place. `found`: the file as it was when its damage
// was seen; `conflict`: it is another by now. `open` (or null): a connection to it, whose log may hold what an emptied file
// does not. `cancelled`: `hurry` was set.
Result<Repaired> replaceDamaged(const QString& file, const FileState& found, Database* open = nullptr, const std::atomic<bool>* hurry = nullptr);

// For an open file to which its path no more leads. Deleted: all that was in it comes back to its path. Replaced: it is
// kept aside, unless it still stands in the folder by another name (another window repaired it).
Result<Repaired> replaceMissing(Database& open);

// Deletes what a program that was killed while it repaired or copied `file` has left behind, but nothing that may be all
// there is of a database. Whoever holds the lock may.
void removeLeftovers(const QString& file);

// Another name in the same folder, with `what` and the time, that is free.
QString asideName(const QString& file, const QString& what);

}  // namespace roundhouse::app
