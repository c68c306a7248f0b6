// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <memory>

#include "app/stores/conversation_schema.h"
#include "app/stores/database.h"

namespace roundhouse::app {

// A database of conversations that is no more what it was, put right. Nothing is thrown away: what was there, and what
// could be told of it, is kept beside the database. After a failure all is as it was found.
struct Repaired {
  QString aside;  // the damaged file, or the copy of one that was replaced; empty: none was needed, or none could be made
  Salvaged salvaged;
};

// Puts a new database, of what can be read of the damaged one, in its place. No connection of this program may be open.
Result<Repaired> replaceDamaged(const QString& file);

// Takes leave of an open file to which its path no more leads. Deleted: all that was in it comes back to its path. Replaced:
// it is kept aside, unless it still stands in the folder by another name (another window repaired it).
Result<Repaired> replaceMissing(std::unique_ptr<Database> open);

}  // namespace roundhouse::app
