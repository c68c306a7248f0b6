// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QSet>
#include <QString>
#include <QThreadPool>

#include <functional>
#include <memory>
#include <optional>

#include "roundhouse/audit.h"
#include "roundhouse/result.h"

namespace roundhouse::app {

// The window's audit log: opened late, perhaps never, and set aside when it is of no use any more. What blocks happens
// on a worker thread, one thing after another. GUI thread only.
class AuditService : public QObject {
  Q_OBJECT
 public:
  // Blocking; called on the worker. Empty: nothing is logged in this run.
  using Open = std::function<Result<std::shared_ptr<AuditLog>>()>;

  // What append() and open() warn of when the head outside the database knows of another end.
  static constexpr char kEndMissing[] = "the log does not end where its head outside says: it was cut, replaced or restored";

  // `folder`: where the log lies, see AuditOptions::in().
  explicit AuditService(Open open = {}, QString folder = {}, QObject* parent = nullptr);
  // Waits for what was begun.
  ~AuditService() override;

  bool wanted() const { return static_cast<bool>(open_); }
  // Null before opened().
  const std::shared_ptr<AuditLog>& log() const { return log_; }
  // Why there is none.
  const std::optional<Error>& error() const { return error_; }

  // opened() or failed() follows; again after a failure.
  void open();
  // Written in the order of the calls; failed() when not, warned() when the log found something wrong. Without a log it is dropped.
  void append(AuditEntry entry);
  // Something left the program as a file: by which room, in which format (`path`'s suffix).
  static AuditEntry exportEntry(const QString& path, const QString& room);
  // Destroys a session's texts in the log, after what was appended before. `done` gets the receipt unless `context` is
  // gone by then. There must be a log.
  void redactSession(const QString& session, const QString& reason, QObject* context, std::function<void(const Result<AuditReceipt>&)> done);
  // Moves the log away, whether it could be opened or not, and goes on with a new one. `done` gets the old one's new
  // path, unless `context` is gone by then; opened() comes before when there was no log to write to.
  void setAside(const QString& reason, QObject* context, std::function<void(const Result<QString>&)> done);

 Q_SIGNALS:
  void opened();
  void failed(const roundhouse::Error& error);
  // The log says that it was tampered with (kEndMissing: at its end), or could not be finished. Each text once.
  void warned(const QString& warning);

 private:
  void warn(const std::string& warning);
  // What comes of an attempt to open; blocking.
  struct Opened {
    Result<std::shared_ptr<AuditLog>> log;
    std::string warning;
  };
  static Opened tryOpen(const Open& open);
  void take(Opened opened);

  Open open_;
  QString folder_;
  QThreadPool worker_;  // one thread
  std::shared_ptr<AuditLog> log_;
  std::optional<Error> error_;
  QSet<QString> warned_;
};

}  // namespace roundhouse::app
