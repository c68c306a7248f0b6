// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/migration.h"

#include <QFile>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace roundhouse::app {
namespace {

constexpr const char* kOperation = "update the database's schema";

Status copyBefore(Database& database, int version) {
  const QString copy = QStringLiteral("%1.before-v%2").arg(database.file()).arg(version), draft = copy + QStringLiteral(".part");
  QFile::remove(draft);
  RH_ASSIGN(const QSqlQuery copied, database.run(kOperation, QStringLiteral("VACUUM INTO ?"), {draft}));
  QFile::setPermissions(draft, QFile::ReadOwner | QFile::WriteOwner);
  if (std::rename(QFile::encodeName(draft).constData(), QFile::encodeName(copy).constData()) != 0) {
    return Error{ErrorCode::io, kOperation, copy.toStdString(), "a copy before the change", std::strerror(errno)};
  }
  return Ok{};
}

}  // namespace

Status migrate(Database& database, const std::vector<Migration>& migrations) {
  const int target = static_cast<int>(migrations.size());
  for (;;) {
    RH_ASSIGN(const QVariant found, database.value(kOperation, QStringLiteral("PRAGMA user_version")));
    const int version = found.toInt();
    if (version == target) return Ok{};
    if (version > target || version < 0) {
      return Error{ErrorCode::unsupported, kOperation, database.file().toStdString(), "version " + std::to_string(target) + " or older",
                   "version " + std::to_string(version)};
    }
    RH_ASSIGN(const QVariant objects, database.value(kOperation, QStringLiteral("SELECT count(*) FROM sqlite_schema")));
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
