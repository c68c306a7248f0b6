// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/job_store.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "app/stores/folder_lock.h"
#include "roundhouse/data_folder.h"

namespace roundhouse::app {
namespace {

constexpr const char* kOpening = "open the list of jobs";
constexpr const char* kReading = "read the list of jobs";
constexpr const char* kWriting = "write the list of jobs";
constexpr qint64 kMostRows = 100'000;

const QString kColumns = QStringLiteral("id, name, folder, job, state, wanted, created_ms, started_ms, ended_ms, place, step, steps, loss, "
                                        "evaluation_loss, error, launches, events_from, log_from");

std::optional<double> real(const QVariant& value) { return value.isNull() ? std::nullopt : std::optional<double>(value.toDouble()); }
QVariant variant(const std::optional<double>& value) { return value ? QVariant(*value) : QVariant(); }

StoredJob rowOf(const QSqlQuery& query) {
  StoredJob row;
  int at = 0;
  row.id = query.value(at++).toString();
  row.name = query.value(at++).toString();
  row.folder = query.value(at++).toString();
  row.job = query.value(at++).toByteArray();
  row.state = query.value(at++).toString();
  row.wanted = query.value(at++).toString();
  row.createdMs = query.value(at++).toLongLong();
  row.startedMs = query.value(at++).toLongLong();
  row.endedMs = query.value(at++).toLongLong();
  row.place = query.value(at++).toLongLong();
  row.step = query.value(at++).toLongLong();
  row.steps = query.value(at++).toLongLong();
  row.loss = real(query.value(at++));
  row.evaluationLoss = real(query.value(at++));
  row.error = query.value(at++).toByteArray();
  row.launches = query.value(at++).toLongLong();
  row.eventsFrom = query.value(at++).toLongLong();
  row.logFrom = query.value(at++).toLongLong();
  return row;
}

QVariantList valuesOf(const StoredJob& row) {
  return {row.id,    row.name,  row.folder, row.job,           row.state,                   row.wanted, row.createdMs, row.startedMs,  row.endedMs,
          row.place, row.step,  row.steps,  variant(row.loss), variant(row.evaluationLoss), row.error,  row.launches,  row.eventsFrom, row.logFrom};
}

Status insert(Database& database, const StoredJob& row, const char* verb) {
  const QString sql = QStringLiteral("%1 INTO jobs(%2) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").arg(QLatin1String(verb), kColumns);
  const auto done = database.run(kWriting, sql, valuesOf(row));
  if (!done.ok()) return done.error();
  return Ok{};
}

}  // namespace

const std::vector<Migration>& jobMigrations() {
  static const std::vector<Migration> migrations = {
      {{QStringLiteral("CREATE TABLE jobs(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, folder TEXT NOT NULL, "
                       "job BLOB NOT NULL, state TEXT NOT NULL, wanted TEXT NOT NULL, created_ms INTEGER NOT NULL, started_ms INTEGER NOT NULL, "
                       "ended_ms INTEGER NOT NULL, place INTEGER NOT NULL, step INTEGER NOT NULL, steps INTEGER NOT NULL, loss REAL, "
                       "evaluation_loss REAL, error BLOB NOT NULL, launches INTEGER NOT NULL, events_from INTEGER NOT NULL, "
                       "log_from INTEGER NOT NULL) STRICT")},
       {}},
  };
  return migrations;
}

JobStore::JobStore(QString file) : file_(std::move(file)) {}

JobStore::~JobStore() = default;

Status JobStore::openFile(bool* anew) {
  RH_ASSIGN(std::unique_ptr<Database> database, Database::open(file_, kOpening));
  RH_TRY(checkVersion(*database, jobMigrations()));
  RH_TRY(database->checkPages(kOpening));
  RH_ASSIGN(const QVariant version, database->value(kOpening, QStringLiteral("PRAGMA user_version")));
  *anew = version.toInt() == 0;
  RH_TRY(migrate(*database, jobMigrations()));
  RH_TRY(checkSchema(*database, jobMigrations()));
  database_ = std::move(database);
  version_ = -1;
  return Ok{};
}

Result<JobStore::Opened> JobStore::open() {
  database_.reset();
  const QString folder = QFileInfo(file_).absolutePath();
  RH_TRY(create_private_folder(folder.toStdString()));
  const FolderLock lock(folder, Database::kPatienceMs);
  if (lock.busy()) return Error{ErrorCode::conflict, kOpening, file_.toStdString(), "the folder's lock in time (another program holds it)", ""};
  Opened opened;
  const Status status = openFile(&opened.anew);
  if (status.ok()) return opened;
  if (!isDamage(status.error())) return status.error();
  RH_ASSIGN(opened.setAside, setAside());
  RH_TRY(openFile(&opened.anew));
  salvage(opened.setAside);
  return opened;
}

Result<QString> JobStore::setAside() {
  const QString stamp = QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd'T'HHmmss'Z'"));
  QString aside = QStringLiteral("%1.damaged-%2").arg(file_, stamp);
  for (int n = 2; QFileInfo::exists(aside); ++n) aside = QStringLiteral("%1.damaged-%2-%3").arg(file_, stamp).arg(n);
  for (const QString& suffix : {QString(), QString(kWal), QString(kShm)}) {
    const QByteArray from = QFile::encodeName(file_ + suffix), to = QFile::encodeName(aside + suffix);
    if (std::rename(from.constData(), to.constData()) != 0 && (errno != ENOENT || suffix.isEmpty())) {
      return Error{ErrorCode::io, kOpening, file_.toStdString(), "to move the damaged file away", std::strerror(errno)};
    }
  }
  return aside;
}

// What is not to be read is made up for from the folders of the runs.
void JobStore::salvage(const QString& damaged) {
  auto old = Database::openDamaged(damaged, kOpening);
  if (!old.ok()) return;
  qint64 from = 0;
  for (qint64 tries = 0; tries < kMostRows; ++tries) {
    auto query = (*old)->run(kOpening, QStringLiteral("SELECT %1, number FROM jobs WHERE number > ? ORDER BY number LIMIT 1").arg(kColumns), {from});
    if (!query.ok()) return;
    const auto row = (*old)->next(kOpening, *query);
    if (!row.ok() || !*row) return;
    const qint64 number = query->value(18).toLongLong();
    if (number <= from) return;  // a damaged tree
    from = number;
    (void)insert(*database_, rowOf(*query), "INSERT OR IGNORE");
  }
}

bool JobStore::changedByOthers() {
  if (!database_) return false;
  if (!database_->inPlace()) return true;
  const auto version = database_->version(kReading);
  return !version.ok() || *version != version_;
}

Result<QList<StoredJob>> JobStore::list() {
  if (!database_ || !database_->inPlace()) return Error{ErrorCode::malformed, kReading, file_.toStdString(), "the database where it was", "another file, or none"};
  RH_ASSIGN(const qint64 version, database_->version(kReading));
  RH_ASSIGN(QSqlQuery query, database_->run(kReading, QStringLiteral("SELECT %1 FROM jobs ORDER BY number").arg(kColumns)));
  QList<StoredJob> rows;
  while (true) {
    RH_ASSIGN(const bool more, database_->next(kReading, query));
    if (!more) break;
    rows.append(rowOf(query));
  }
  version_ = version;
  return rows;
}

Status JobStore::add(const StoredJob& job) {
  return database_->transaction(kWriting, [&]() -> Status {
    RH_ASSIGN(const QVariant there, database_->value(kWriting, QStringLiteral("SELECT count(*) FROM jobs WHERE id = ?"), {job.id}));
    if (there.toInt() > 0) return Error{ErrorCode::conflict, kWriting, job.id.toStdString(), "a new job", "one that is there"};
    return insert(*database_, job, "INSERT");
  });
}

Result<bool> JobStore::change(const QString& id, const std::function<bool(StoredJob&)>& change) {
  bool written = false;
  RH_TRY(database_->transaction(kWriting, [&]() -> Status {
    RH_ASSIGN(QSqlQuery query, database_->run(kWriting, QStringLiteral("SELECT %1 FROM jobs WHERE id = ?").arg(kColumns), {id}));
    RH_ASSIGN(const bool found, database_->next(kWriting, query));
    if (!found) return Error{ErrorCode::not_found, kWriting, id.toStdString(), "a job in the list", "none"};
    StoredJob row = rowOf(query);
    query.finish();
    const StoredJob before = row;
    if (!change(row) || row == before) return Ok{};
    QVariantList values = valuesOf(row);
    values.append(id);
    RH_ASSIGN(const QSqlQuery done,
              database_->run(kWriting, QStringLiteral("UPDATE jobs SET (%1) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?").arg(kColumns), values));
    written = true;
    return Ok{};
  }));
  return written;
}

Status JobStore::remove(const QString& id) {
  const auto done = database_->run(kWriting, QStringLiteral("DELETE FROM jobs WHERE id = ?"), {id});
  if (!done.ok()) return done.error();
  return Ok{};
}

Result<qint64> JobStore::lastPlace() {
  RH_ASSIGN(const QVariant last, database_->value(kReading, QStringLiteral("SELECT coalesce(max(place), 0) + 1 FROM jobs")));
  return last.toLongLong();
}

Status JobStore::arrange(const QStringList& ids) {
  return database_->transaction(kWriting, [&]() -> Status {
    qint64 place = 0;
    for (const QString& id : ids) {
      const auto done = database_->run(kWriting, QStringLiteral("UPDATE jobs SET place = ? WHERE id = ?"), {++place, id});
      if (!done.ok()) return done.error();
    }
    return Ok{};
  });
}

}  // namespace roundhouse::app
