// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

#include <functional>
#include <memory>
#include <optional>

#include "app/stores/database.h"
#include "app/stores/migration.h"

namespace roundhouse::app {

// A row of jobs.db. Times are milliseconds since 1970 (UTC), 0: not yet.
struct StoredJob {
  QString id, name, folder;
  QByteArray job;     // YAML; not looked into
  QString state;      // words of app/jobs
  QString wanted;     // what a running job has been asked for; "": nothing
  qint64 createdMs = 0, startedMs = 0, endedMs = 0;
  qint64 place = 0;   // among the queued, rising
  qint64 step = 0, steps = 0;
  std::optional<double> loss, evaluationLoss;
  QByteArray error;   // JSON, or ""
  qint64 launches = 0;            // how often a worker has been started
  qint64 eventsFrom = 0, logFrom = 0;  // bytes that events.jsonl and worker.log held when the newest one was
  bool operator==(const StoredJob&) const = default;
};

const std::vector<Migration>& jobMigrations();

// The jobs of a data folder, shared by all its windows. Blocking; one thread.
class JobStore {
 public:
  explicit JobStore(QString file);
  ~JobStore();

  struct Opened {
    bool anew = false;   // there was none, or it was of no use
    QString setAside;    // where the damaged one is now; "": none was
  };
  // Again after an error of the others: a damaged or vanished file makes room for a new one, into which goes what can be read of the
  // old. `unsupported`: a newer version wrote it; it is left alone.
  Result<Opened> open();
  bool isOpen() const { return database_ != nullptr; }

  // Whether another window has written since the last call of this or list(), or the file is another by now.
  bool changedByOthers();
  Result<QList<StoredJob>> list();
  // `conflict`: the id is taken.
  Status add(const StoredJob& job);
  // Reads the row, lets `change` work on it, and writes it when that returns true, as one transaction. False: nothing was written;
  // `not_found`: no such row (any more).
  Result<bool> change(const QString& id, const std::function<bool(StoredJob&)>& change);
  Status remove(const QString& id);
  // A place behind all others.
  Result<qint64> lastPlace();
  // Places of these jobs, in this order.
  Status arrange(const QStringList& ids);

 private:
  Status openFile(bool* anew);
  Result<QString> setAside();
  void salvage(const QString& damaged);

  QString file_;
  std::unique_ptr<Database> database_;
  qint64 version_ = -1;
};

}  // namespace roundhouse::app
