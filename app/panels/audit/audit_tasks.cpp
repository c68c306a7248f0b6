// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/audit/audit_tasks.h"

#include <cctype>
#include <string>
#include <utility>

#include "app/shell/app_context.h"
#include "app/shell/background.h"

namespace roundhouse::app {

AuditTasks::AuditTasks() { worker_.setMaxThreadCount(1); }

AuditTasks::~AuditTasks() {
  cancel_.cancel();
  worker_.waitForDone();
}

void AuditTasks::verify(std::shared_ptr<AuditLog> log) {
  start([log = std::move(log)](const AuditProgress& progress, const CancelToken& cancel) -> Outcome { return log->verify(progress, cancel); });
}

void AuditTasks::exportTo(std::shared_ptr<AuditLog> log, const std::filesystem::path& file, const AuditFilter& filter) {
  std::string suffix = file.extension().string();
  for (char& each : suffix) each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  start([log = std::move(log), file, filter, csv = suffix == ".csv"](const AuditProgress& progress, const CancelToken& cancel) -> Outcome {
    AuditExportOptions options;
    options.filter = filter;
    return csv ? log->export_csv(file, options, progress, cancel) : log->export_json(file, options, progress, cancel);
  });
}

void AuditTasks::start(std::function<Outcome(const AuditProgress&, const CancelToken&)> work) {
  if (running_) return;
  running_ = true;
  progress_ = -1;
  outcome_ = {};
  cancel_ = CancelToken();
  // Reports come before the result: both are queued. `this` waits for the thread.
  const AuditProgress report = [this](std::int64_t at, std::int64_t total) {
    QMetaObject::invokeMethod(this, [this, at, total] {
      progress_ = total > 0 ? double(at) / double(total) : 0;
      Q_EMIT changed();
    }, Qt::QueuedConnection);
  };
  Q_EMIT changed();
  runInBackground(this, [work = std::move(work), report, cancel = cancel_] { return work(report, cancel); }, [this](Outcome outcome) {
    running_ = false;
    outcome_ = std::move(outcome);
    Q_EMIT changed();
    Q_EMIT ended();
  }, &worker_);
}

AuditTasks& auditTasks(AppContext& context) {
  return context.keep<AuditTasks>(QStringLiteral("audit.tasks"), [] { return new AuditTasks; });
}

}  // namespace roundhouse::app
