// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/audit_service.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPointer>

namespace roundhouse::app {

AuditService::AuditService(Open open, QString folder, QObject* parent) : QObject(parent), open_(std::move(open)), folder_(std::move(folder)) {
  worker_.setMaxThreadCount(1);
}

AuditService::~AuditService() { worker_.waitForDone(); }

namespace {

// Whether the database holds what the head outside knows of. (One that knows less may be another program's, not done yet.)
bool endsAsRecorded(AuditLog& log) {
  const auto recorded = log.recorded_head();  // first: the database only grows
  const auto head = log.head();
  if (!head.ok()) return true;  // what cannot be read says so when it is used
  if (!recorded.ok()) return recorded.error().code != ErrorCode::malformed;
  if (!*recorded) return head->sequence == 0;
  if ((*recorded)->sequence == 0) return true;
  const auto entry = log.entry((*recorded)->sequence);
  return entry.ok() ? entry->hash == (*recorded)->hash : entry.error().code != ErrorCode::not_found;
}

}  // namespace

AuditService::Opened AuditService::tryOpen(const Open& open) {
  Opened made{open(), {}};
  if (made.log.ok() && *made.log && !endsAsRecorded(**made.log)) made.warning = kEndMissing;
  return made;
}

void AuditService::take(Opened opened) {
  if (opened.log.ok()) {
    log_ = std::move(opened.log).value();
    error_.reset();
    Q_EMIT this->opened();
    if (!opened.warning.empty()) warn(opened.warning);
  } else {
    error_ = std::move(opened.log).error();
    Q_EMIT failed(*error_);
  }
}

void AuditService::open() {
  if (!open_ || log_) return;
  worker_.start([this, open = open_] {
    auto opened = std::make_shared<Opened>(AuditService::tryOpen(open));
    QMetaObject::invokeMethod(this, [this, opened] { take(std::move(*opened)); }, Qt::QueuedConnection);
  });
}

void AuditService::append(AuditEntry entry) {
  if (!log_) return;
  worker_.start([this, log = log_, entry = std::move(entry)] {
    const auto written = log->append(entry);
    if (written.ok() && written->warning.empty()) return;
    QMetaObject::invokeMethod(this, [this, written] {
      if (written.ok()) warn(written->warning);
      else Q_EMIT failed(written.error());
    }, Qt::QueuedConnection);
  });
}

AuditEntry AuditService::exportEntry(const QString& path, const QString& room) {
  AuditEntry entry;
  entry.kind = audit_kind::exported;
  entry.action = QFileInfo(path).suffix().toLower().toStdString();
  const QJsonObject extra{{QStringLiteral("file"), QFileInfo(path).absoluteFilePath()}, {QStringLiteral("from"), room}};
  entry.extra_json = QJsonDocument(extra).toJson(QJsonDocument::Compact).toStdString();
  return entry;
}

void AuditService::redactSession(const QString& session, const QString& reason, QObject* context,
                                 std::function<void(const Result<AuditReceipt>&)> done) {
  worker_.start([this, log = log_, session = session.toStdString(), reason = reason.toStdString(), guard = QPointer<QObject>(context),
                 done = std::move(done)] {
    auto receipt = std::make_shared<Result<AuditReceipt>>(log->redact_session(session, reason));
    QMetaObject::invokeMethod(this, [receipt, guard, done] {
      if (guard) done(*receipt);
    }, Qt::QueuedConnection);
  });
}

void AuditService::warn(const std::string& text) {
  const QString warning = QString::fromStdString(text);
  if (warned_.contains(warning)) return;
  warned_.insert(warning);
  Q_EMIT warned(warning);
}

void AuditService::setAside(const QString& reason, QObject* context, std::function<void(const Result<QString>&)> done) {
  struct Outcome {
    Result<QString> moved;
    std::optional<Opened> opened;
  };
  worker_.start([this, log = log_, open = open_, folder = folder_, reason = reason.toStdString(), guard = QPointer<QObject>(context),
                 done = std::move(done)] {
    const auto moved = log ? log->set_aside(reason) : AuditLog::set_aside(AuditOptions::in(folder.toStdString()), reason);
    auto outcome = std::make_shared<Outcome>(Outcome{Error{}, {}});
    if (moved.ok()) outcome->moved = QString::fromStdString(moved->string());
    else outcome->moved = moved.error();
    if (moved.ok() && !log) outcome->opened = AuditService::tryOpen(open);
    QMetaObject::invokeMethod(this, [this, outcome, guard, done] {
      if (outcome->opened) take(std::move(*outcome->opened));
      if (guard) done(outcome->moved);
    }, Qt::QueuedConnection);
  });
}

}  // namespace roundhouse::app
