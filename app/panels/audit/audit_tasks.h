// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QThreadPool>

#include <filesystem>
#include <functional>
#include <memory>
#include <variant>

#include "roundhouse/audit.h"

namespace roundhouse::app {

struct AppContext;

// The checks and exports of the audit log, one at a time on a thread of its own. Outlives windows: a change of language
// neither stops one nor loses how it ended. GUI thread only.
class AuditTasks : public QObject {
  Q_OBJECT
 public:
  // How the last one ended.
  using Outcome = std::variant<std::monostate, Result<AuditVerifyReport>, Result<AuditExportReceipt>>;

  AuditTasks();
  // Cancels and waits.
  ~AuditTasks() override;

  // Nothing while one runs.
  void verify(std::shared_ptr<AuditLog> log);
  // As CSV with a proof file, or as JSON, by the path's suffix.
  void exportTo(std::shared_ptr<AuditLog> log, const std::filesystem::path& file, const AuditFilter& filter);
  void cancel() { cancel_.cancel(); }

  bool running() const { return running_; }
  // 0 to 1, or less than 0: not known yet.
  double progress() const { return progress_; }
  const Outcome& outcome() const { return outcome_; }
  // Something newer was told in its place.
  void forget() { outcome_ = {}; }

 Q_SIGNALS:
  void changed();  // running(), progress()
  void ended();    // with outcome()

 private:
  void start(std::function<Outcome(const AuditProgress&, const CancelToken&)> work);

  QThreadPool worker_{this};
  CancelToken cancel_;
  bool running_ = false;
  double progress_ = -1;
  Outcome outcome_;
};

// The one of this workbench; made with the first call.
AuditTasks& auditTasks(AppContext& context);

}  // namespace roundhouse::app
