// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QThreadPool>

#include <functional>
#include <list>
#include <memory>

#include "roundhouse/audit.h"

namespace roundhouse::app {

struct AppContext;
class AuditService;

// Writes what leaves the Routing room as files, one after another on a thread of its own, and logs each that was written.
// Outlives windows: none leaves without its entry because the language changes or the program ends. GUI thread only.
class RoutingExports : public QObject {
  Q_OBJECT
 public:
  // Runs on the thread: holds only what never changes. Sets `error` when the file could not be written.
  using Write = std::function<void(const QString& path, QString* error)>;

  explicit RoutingExports(AuditService& audit);
  // Waits for what was begun.
  ~RoutingExports() override;

  // `entry`: of whose routing it is; what was written where is added.
  void start(const QString& path, Write write, AuditEntry entry);
  bool busy() const { return !files_.empty(); }

 Q_SIGNALS:
  void finished(const QString& path, const QString& error);  // empty: written

 private:
  struct File {
    QString path;
    AuditEntry entry;
    QString error;  // the thread's until it is done
  };
  void take(const std::shared_ptr<File>& file);

  AuditService& audit_;
  QThreadPool writer_{this};
  std::list<std::shared_ptr<File>> files_;
};

// The one of this workbench; made with the first call.
RoutingExports& routingExports(AppContext& context);

}  // namespace roundhouse::app
