// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/database.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QSqlError>
#include <QUuid>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "roundhouse/data_folder.h"

namespace roundhouse::app {
namespace {

// SQLite's primary result codes (sqlite.org/rescode.html).
enum Code {
  kError = 1, kPerm = 3, kAbort = 4, kBusy = 5, kLocked = 6, kNoMemory = 7, kReadOnly = 8, kInterrupt = 9, kIo = 10, kCorrupt = 11, kFull = 13, kCantOpen = 14,
  kProtocol = 15, kSchema = 17, kTooBig = 18, kAuth = 23, kNotADatabase = 26
};
const char* const kFitting = "tables that it fits";


constexpr int kWaitMs = 100;  // in SQLite, at a stretch

int primaryCode(const QSqlError& error) { return error.nativeErrorCode().toInt() & 0xff; }

Error failure(const char* operation, const QString& file, const QSqlError& error) {
  const int code = primaryCode(error);
  Error out{ErrorCode::internal, operation, file.toStdString(), "", error.databaseText().toStdString()};
  if (out.received.empty()) out.received = error.text().toStdString();
  switch (code) {
    case kBusy:
    case kLocked:
      out.code = ErrorCode::conflict;
      out.expected = "the database's lock in time (another program holds it)";
      break;
    case kError: out.expected = kFitting; break;
    case kAbort:
    case kProtocol:
    case kSchema:
      out.code = ErrorCode::conflict;
      out.expected = "a database that no other program changes meanwhile";
      break;
    case kInterrupt: out.code = ErrorCode::cancelled; break;
    case kNoMemory: out.code = ErrorCode::out_of_memory; break;
    case kTooBig: out.code = ErrorCode::limit; break;
    case kCorrupt:
    case kNotADatabase:
      out.code = ErrorCode::malformed;
      out.expected = "an undamaged database";
      break;
    case kFull:
      out.code = ErrorCode::io;
      out.expected = "room on the disk";
      break;
    case kPerm:
    case kReadOnly:
    case kCantOpen:
    case kAuth:
      out.code = ErrorCode::io;
      out.expected = "a file that can be read and written";
      break;
    case kIo: out.code = ErrorCode::io; break;
    default: break;
  }
  return out;
}

// Conversations are private from the first byte. A file that is there must be opened by SQLite only: closing it here would
// drop SQLite's locks on it in this process.
void makePrivate(const QString& file) {
  if (const int fd = ::open(QFile::encodeName(file).constData(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600); fd >= 0) ::close(fd);
}

}  // namespace

bool isDamage(const Error& error) { return error.code == ErrorCode::malformed; }

bool isUnfit(const Error& error) { return error.code == ErrorCode::internal && error.expected == kFitting; }

// "Page 2: unable to get the page. error code=266", "Freelist: failed to get page 7": reading them failed, whatever they hold.
bool tellsOfReading(const QString& row) {
  static const QRegularExpression failed(QStringLiteral("(?:failed|unable) to get (?:the )?page")), code(QStringLiteral("error code=(\\d+)"));
  const QRegularExpressionMatch found = code.match(row);
  if (!found.hasMatch()) return failed.match(row).hasMatch();
  const int primary = found.captured(1).toInt() & 0xff;
  return primary != kCorrupt && primary != kNotADatabase;
}

FileState FileState::of(const QString& path) {
  struct stat info {};
  if (::stat(QFile::encodeName(path).constData(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, info.st_size, qint64(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec};
}

Database::Database(QString file) : file_(std::move(file)), connection_(QStringLiteral("stores-") + QUuid::createUuid().toString(QUuid::WithoutBraces)) {}

Database::~Database() {
  database_.close();
  database_ = {};
  QSqlDatabase::removeDatabase(connection_);
}

Result<std::unique_ptr<Database>> Database::open(const QString& file, const char* operation, int patienceMs, const std::atomic<bool>* hurry) {
  if (const Status made = create_private_folder(QFileInfo(file).absolutePath().toStdString()); !made.ok()) {
    Error error = made.error();
    error.operation = operation;
    return error;
  }
  makePrivate(file);  // SQLite gives its other files the same mode

  std::unique_ptr<Database> out(new Database(file));
  out->patience_ms_ = patienceMs;
  out->hurry_ = hurry;
  RH_TRY(out->connect(operation));
  for (const char* pragma : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA foreign_keys=ON", "PRAGMA secure_delete=ON"}) {
    RH_ASSIGN(const QSqlQuery query, out->run(operation, QLatin1String(pragma)));
  }
  out->opened_ = FileState::of(file);
  out->settle();
  return out;
}

Result<std::unique_ptr<Database>> Database::inMemory(const char* operation) {
  std::unique_ptr<Database> out(new Database(QStringLiteral(":memory:")));
  RH_TRY(out->connect(operation));
  return out;
}

Result<std::unique_ptr<Database>> Database::openDamaged(const QString& file, const char* operation) {
  std::unique_ptr<Database> out(new Database(file));
  RH_TRY(out->connect(operation));
  // Without this SQLite reads nothing of a file that was cut short.
  RH_ASSIGN(const QSqlQuery query, out->run(operation, QStringLiteral("PRAGMA writable_schema=ON")));
  return out;
}

Status Database::connect(const char* operation) {
  database_ = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection_);
  database_.setDatabaseName(file_);
  database_.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=%1").arg(std::min(kWaitMs, patience_ms_)));
  if (!database_.open()) return failure(operation, file_, database_.lastError());
  return Ok{};
}

bool Database::inPlace() const { return FileState::of(file_).sameFile(opened_); }

// They stay the same as long as the connection is open.
void Database::noteLogs() {
  if (wal_.bytes >= 0 && shm_.bytes >= 0) return;
  const FileState wal = FileState::of(file_ + kWal), shm = FileState::of(file_ + kShm);
  if (!inPlace()) return;
  wal_ = wal;
  shm_ = shm;
}

bool Database::standsBeside() const {
  const QFileInfo own(file_);
  const QFileInfoList files = own.dir().entryInfoList(QDir::Files | QDir::Hidden);
  return std::any_of(files.begin(), files.end(), [&](const QFileInfo& each) {
    return each.fileName() != own.fileName() && FileState::of(each.filePath()).sameFile(opened_);
  });
}

bool Database::touched() const { return FileState::of(file_) != settled_; }

void Database::settle() {
  settled_ = FileState::of(file_);
  noteLogs();
}

Status Database::checkPages(const char* operation) {
  RH_ASSIGN(QSqlQuery rows, run(operation, QStringLiteral("PRAGMA quick_check")));
  QStringList found;
  while (true) {
    RH_ASSIGN(const bool more, next(operation, rows));
    if (!more) break;
    found.append(rows.value(0).toString());
  }
  if (found == QStringList{QStringLiteral("ok")}) return Ok{};
  const auto unread = std::find_if(found.begin(), found.end(), tellsOfReading);
  if (unread != found.end()) return Error{ErrorCode::io, operation, file_.toStdString(), "a file that can be read and written", unread->toStdString()};
  return Error{ErrorCode::malformed, operation, file_.toStdString(), "an undamaged database", found.value(0).toStdString()};
}

Status Database::copyTo(const char* operation, const QString& copy) {
  QFile::remove(copy);
  makePrivate(copy);
  const auto copied = run(operation, QStringLiteral("VACUUM INTO ?"), {copy});
  if (copied.ok()) return Ok{};
  QFile::remove(copy);
  Error error = copied.error();
  if (isUnfit(error)) error.code = ErrorCode::io;  // SQLite calls a file that is there so, too
  return error;
}

void Database::removeLogs() {
  for (const auto& [suffix, mine] : {std::pair{kWal, wal_}, std::pair{kShm, shm_}}) {
    const FileState there = FileState::of(file_ + suffix);
    if (there.sameFile(mine)) QFile::remove(file_ + suffix);
  }
}

bool Database::patient(qint64 waitedMs) const { return waitedMs < patience_ms_ && !(hurry_ && *hurry_); }

Status Database::check(const char* operation, const QSqlQuery& query) {
  if (query.lastError().type() == QSqlError::NoError) return Ok{};
  return failure(operation, file_, query.lastError());
}

Result<QSqlQuery> Database::run(const char* operation, const QString& sql, const QVariantList& values) {
  QElapsedTimer waited;
  waited.start();
  for (;;) {
    QSqlQuery query(database_);
    query.setForwardOnly(true);
    bool done = query.prepare(sql);
    if (done) {
      for (const QVariant& value : values) {
        if (value.typeId() == QMetaType::QString && value.toString().isNull()) query.addBindValue(QStringLiteral(""));
        else if (value.typeId() == QMetaType::QByteArray && value.toByteArray().isNull()) query.addBindValue(QByteArray(""));
        else query.addBindValue(value);
      }
      done = query.exec();
    }
    if (done) return query;
    // Nothing of it has happened: SQLite waited for kWaitMs. It is asked again, so that hurry is noticed.
    if (primaryCode(query.lastError()) != kBusy || !patient(waited.elapsed())) return failure(operation, file_, query.lastError());
  }
}

Result<bool> Database::next(const char* operation, QSqlQuery& query) {
  if (query.next()) return true;
  RH_TRY(check(operation, query));
  return false;
}

Result<QVariant> Database::value(const char* operation, const QString& sql, const QVariantList& values) {
  RH_ASSIGN(QSqlQuery query, run(operation, sql, values));
  RH_ASSIGN(const bool row, next(operation, query));
  return row ? query.value(0) : QVariant();
}

Result<qint64> Database::version(const char* operation) {
  RH_ASSIGN(const QVariant version, value(operation, QStringLiteral("PRAGMA data_version")));
  return version.toLongLong();
}

Status Database::emptyLog(const char* operation) {
  QElapsedTimer waited;
  waited.start();
  for (;;) {
    RH_ASSIGN(const QVariant busy, value(operation, QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)")));
    if (busy.toInt() == 0 || !patient(waited.elapsed())) return Ok{};
  }
}

Status Database::transaction(const char* operation, const std::function<Status()>& work) {
  RH_ASSIGN(const QSqlQuery begun, run(operation, QStringLiteral("BEGIN IMMEDIATE")));
  Status status = work();
  if (status.ok()) {
    auto committed = run(operation, QStringLiteral("COMMIT"));
    noteLogs();
    if (committed.ok()) return Ok{};
    status = committed.error();
  }
  (void)run(operation, QStringLiteral("ROLLBACK"));
  return status;
}

}  // namespace roundhouse::app
