// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/routing/routing_exports.h"

#include "app/bridge/audit_service.h"
#include "app/shell/app_context.h"
#include "app/shell/background.h"

namespace roundhouse::app {

RoutingExports::RoutingExports(AuditService& audit) : audit_(audit) { writer_.setMaxThreadCount(1); }

RoutingExports::~RoutingExports() {
  writer_.waitForDone();
  while (!files_.empty()) take(files_.front());
}

void RoutingExports::start(const QString& path, Write write, AuditEntry entry) {
  AuditEntry made = AuditService::exportEntry(path, QStringLiteral("routing"));
  entry.kind = std::move(made.kind);
  entry.action = std::move(made.action);
  entry.extra_json = std::move(made.extra_json);
  files_.push_back(std::make_shared<File>(File{path, std::move(entry), {}}));
  runInBackground(this, [file = files_.back(), write = std::move(write)] {
    write(file->path, &file->error);
    return file;
  }, [this](const std::shared_ptr<File>& file) { take(file); }, &writer_);
}

void RoutingExports::take(const std::shared_ptr<File>& file) {
  const std::shared_ptr<File> done = file;  // outlives its place in the list
  files_.remove(done);
  if (done->error.isEmpty()) audit_.append(std::move(done->entry));
  Q_EMIT finished(done->path, done->error);
}

RoutingExports& routingExports(AppContext& context) {
  return context.keep<RoutingExports>(QStringLiteral("routing.exports"), [&context] { return new RoutingExports(context.audit); });
}

}  // namespace roundhouse::app
