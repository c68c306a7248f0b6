// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/migration.h"

#include <QFile>
#include <QUuid>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace roundhouse::app {
namespace {

constexpr const char* kOperation = "update the database's schema";

Status copyBefore(Database& database, int version) {
  const QString copy = QStringLiteral("%1.before-v%2").arg(database.file()).arg(version), draft = QStringLiteral("%1.%2.part").arg(copy, QUuid::createUuid().toString(QUuid::WithoutBraces));
  RH_TRY(database.copyTo(kOperation, draft));
  if (std::rename(QFile::encodeName(draft).constData(), QFile::encodeName(copy).constData()) != 0) {
    Error error{ErrorCode::io, kOperation, copy.toStdString(), "a copy before the change", std::strerror(errno)};
    QFile::remove(draft);
    return error;
  }
  return Ok{};
}

// "table messages", "index conversations_updated", "column parts of table messages".
Result<QStringList> schemaOf(Database& database, const char* operation) {
  QStringList found;
  // Tables first: asking for the columns of a virtual one fails when its own tables are missing.
  for (const char* sql : {"SELECT type || ' ' || name FROM sqlite_schema",
                          "SELECT 'column ' || c.name || ' of table ' || t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"}) {
    RH_ASSIGN(QSqlQuery rows, database.run(operation, QLatin1String(sql)));
    while (true) {
      RH_ASSIGN(const bool more, database.next(operation, rows));
      if (!more) break;
      found.append(rows.value(0).toString());
    }
  }
  return found;
}

}  // namespace

Status checkVersion(Database& database, const std::vector<Migration>& migrations) {
  RH_ASSIGN(const QVariant version, database.value(kOperation, QStringLiteral("PRAGMA user_version")));
  const int target = static_cast<int>(migrations.size());
  if (version.toInt() >= 0 && version.toInt() <= target) return Ok{};
  return Error{ErrorCode::unsupported, kOperation, database.file().toStdString(), "version " + std::to_string(target) + " or older",
               "version " + std::to_string(version.toInt())};
}

Status checkSchema(Database& database, const std::vector<Migration>& migrations) {
  constexpr const char* operation = "check the database's schema";
  RH_ASSIGN(const std::unique_ptr<Database> model, Database::inMemory(operation));
  RH_TRY(migrate(*model, migrations));
  RH_ASSIGN(const QStringList wanted, schemaOf(*model, operation));
  const Result<QStringList> found = schemaOf(database, operation);
  if (!found.ok() && !isUnfit(found.error())) return found.error();
  Error wrong{ErrorCode::malformed, operation, database.file().toStdString(), "the tables of version " + std::to_string(migrations.size()), ""};
  if (!found.ok()) {  // a virtual table without those that it consists of
    wrong.received = found.error().received;
    return wrong;
  }
  for (const QString& each : wanted) {
    if (found->contains(each)) continue;
    wrong.expected = each.toStdString();
    wrong.received = "none";
    return wrong;
  }
  return Ok{};
}

Status migrate(Database& database, const std::vector<Migration>& migrations) {
  const int target = static_cast<int>(migrations.size());
  // A new database is not copied on its way up.
  RH_ASSIGN(const QVariant objects, database.value(kOperation, QStringLiteral("SELECT count(*) FROM sqlite_schema")));
  for (;;) {
    RH_TRY(checkVersion(database, migrations));
    RH_ASSIGN(const QVariant found, database.value(kOperation, QStringLiteral("PRAGMA user_version")));
    const int version = found.toInt();
    if (version == target) return Ok{};
    if (objects.toInt() > 0) RH_TRY(copyBefore(database, version + 1));
    const Status done = database.transaction(kOperation, [&]() -> Status {
      // Another window may have done it meanwhile.
      RH_ASSIGN(const QVariant now, database.value(kOperation, QStringLiteral("PRAGMA user_version")));
      if (now.toInt() != version) return Ok{};
      const Migration& step = migrations[static_cast<std::size_t>(version)];
      for (const QString& sql : step.statements) {
        RH_ASSIGN(const QSqlQuery query, database.run(kOperation, sql));
      }
      if (step.work) RH_TRY(step.work(database));
      RH_ASSIGN(const QSqlQuery marked, database.run(kOperation, QStringLiteral("PRAGMA user_version=%1").arg(version + 1)));
      return Ok{};
    });
    RH_TRY(done);
  }
}

}  // namespace roundhouse::app
