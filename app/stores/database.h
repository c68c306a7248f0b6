// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>
#include <QVariantList>

#include <atomic>
#include <functional>
#include <memory>

#include "roundhouse/result.h"

namespace roundhouse::app {

// What SQLite keeps beside a file: the write-ahead log and its index.
inline constexpr QLatin1String kWal("-wal"), kShm("-shm");

// What a path leads to.
struct FileState {
  quint64 device = 0, node = 0;
  qint64 bytes = -1, changed_ns = 0;  // -1: nothing
  static FileState of(const QString& path);
  bool sameFile(const FileState& other) const { return bytes >= 0 && other.bytes >= 0 && node == other.node && device == other.device; }
  bool operator==(const FileState&) const = default;
};

// One SQLite file through QtSql. Opened, used and closed on one thread. Write-ahead mode: readers and a writer do not
// wait for each other, and a program that is killed loses nothing that was committed.
class Database {
 public:
  static constexpr int kPatienceMs = 5000;
  // `operation` is what errors of open() say was done. Creates the file (mode 0600) and its folder when missing. A
  // statement waits so long for other programs' locks, or but a moment once `*hurry` is true (it outlives the database).
  static Result<std::unique_ptr<Database>> open(const QString& file, const char* operation, int patienceMs = kPatienceMs,
                                                const std::atomic<bool>* hurry = nullptr);
  // For reading what is left of a damaged file: nothing is asked of it that it need not be able to answer.
  static Result<std::unique_ptr<Database>> openDamaged(const QString& file, const char* operation);
  // An empty one without a file.
  static Result<std::unique_ptr<Database>> inMemory(const char* operation);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const QString& file() const { return file_; }

  // The path still leads to the file that is open here. Another program may have deleted or replaced it: SQLite would go
  // on writing where nobody finds it.
  bool inPlace() const;
  // That file stands in the folder by another name.
  bool standsBeside() const;
  // The file has been written by whoever since settle(), which begins anew.
  bool touched() const;
  void settle();
  // All of the file, as far as its structure goes. `malformed`: damage; what could not be read just now is another error.
  Status checkPages(const char* operation);
  // All that it holds, also of a file that is gone from its path, as a new file (mode 0600).
  Status copyTo(const char* operation, const QString& copy);
  // When it is no more inPlace(): what SQLite keeps beside the path and belongs to the old file, so that it does not
  // come to be taken for that of a new one. emptyLog() comes before.
  void removeLogs();

  // A statement with its values bound; only an invalid QVariant is bound as NULL, a null text is an empty one. The query stays valid as long as the database.
  Result<QSqlQuery> run(const char* operation, const QString& sql, const QVariantList& values = {});
  // The next row, if any; a failure while stepping (damage, I/O) is an error and not an end.
  Result<bool> next(const char* operation, QSqlQuery& query);
  // First column of the first row.
  Result<QVariant> value(const char* operation, const QString& sql, const QVariantList& values = {});
  // Changes when another connection or program has written.
  Result<qint64> version(const char* operation);
  // Brings what the write-ahead log holds into the file and empties it, as soon as no other program reads from it.
  Status emptyLog(const char* operation);
  // Runs `work` in an immediate transaction; committed when it succeeds, else undone.
  Status transaction(const char* operation, const std::function<Status()>& work);

 private:
  explicit Database(QString file);
  Status connect(const char* operation);
  void noteLogs();
  bool patient(qint64 waitedMs) const;
  Status check(const char* operation, const QSqlQuery& query);
  QString file_;
  QString connection_;
  QSqlDatabase database_;
  int patience_ms_ = 0;
  const std::atomic<bool>* hurry_ = nullptr;
  FileState opened_, wal_, shm_, settled_;
};

// Status of damage: the file is no database or its pages do not fit together.
bool isDamage(const Error& error);
// A statement does not fit the tables (SQLITE_ERROR): what it names is not there, or there already.
bool isUnfit(const Error& error);
// A row of SQLite's check tells that a page could not be read, which is no damage.
bool tellsOfReading(const QString& row);

}  // namespace roundhouse::app
