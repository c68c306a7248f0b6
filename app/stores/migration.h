// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <functional>
#include <vector>

#include "app/stores/database.h"

namespace roundhouse::app {

// One step of a schema: from version n to n + 1, where n is its place in the list. Steps are never changed once
// released; new ones are added.
struct Migration {
  QStringList statements;
  std::function<Status(Database&)> work;  // what SQL cannot say; after the statements; may be empty
};

// Brings the database (`PRAGMA user_version`) to version `migrations.size()`, each step in a transaction of its own.
// Before each step on a database that holds something, a complete copy is made beside it:
// "<file>.before-v<version>" (the newest copy of a version is kept). When a step fails the database stands as before
// it. `unsupported`: the database is of a newer version; nothing is done. Not for two programs at a time, unless the
// database is new.
Status migrate(Database& database, const std::vector<Migration>& migrations);

// `unsupported`: the database is of a newer version.
Status checkVersion(Database& database, const std::vector<Migration>& migrations);

// Whether a database of the present version holds all tables, columns and indexes that the migrations give, whatever else
// another program has put beside them. `malformed`: it does not; the error names what is missing.
Status checkSchema(Database& database, const std::vector<Migration>& migrations);

}  // namespace roundhouse::app
