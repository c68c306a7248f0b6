// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/net/network_gate.h"

#include <QDesktopServices>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

namespace roundhouse::app {
namespace {

QByteArray toLine(const ConnectionRecord& record) {
  return QJsonDocument(QJsonObject{{"time", record.time.toString(Qt::ISODateWithMs)},
                                   {"host", record.host},
                                   {"purpose", record.purpose},
                                   {"by", record.by},
                                   {"allowed", record.allowed}})
             .toJson(QJsonDocument::Compact) + '\n';
}

}  // namespace

NetworkGate::NetworkGate(const QString& logFile, QObject* parent)
    : QObject(parent), log_file_(logFile), browser_([](const QUrl& url) { return QDesktopServices::openUrl(url); }) {
  QFile file(log_file_);
  if (log_file_.isEmpty() || !file.open(QIODevice::ReadOnly)) return;
  while (!file.atEnd()) {
    const QJsonObject line = QJsonDocument::fromJson(file.readLine(64 * 1024)).object();
    const QDateTime time = QDateTime::fromString(line["time"].toString(), Qt::ISODateWithMs);
    if (!time.isValid()) continue;  // a line cut short when the machine went down
    records_.append({time, line["host"].toString(), line["purpose"].toString(), line["by"].toString(), line["allowed"].toBool()});
  }
  if (records_.size() > kKept) records_.remove(0, records_.size() - kKept);
}

bool NetworkGate::offline() const {
  std::lock_guard lock(mutex_);
  return offline_;
}

void NetworkGate::setOffline(bool offline) {
  {
    std::lock_guard lock(mutex_);
    if (offline_ == offline) return;
    offline_ = offline;
  }
  Q_EMIT offlineChanged(offline);
}

Status NetworkGate::allow(const QString& host, quint16 port, const QString& purpose, const QString& by) {
  if (host.isEmpty()) {
    return Error{ErrorCode::invalid_argument, "open connection", purpose.toStdString(), "a host", "none"};
  }
  const bool allowed = !offline();
  const QString place = port ? QStringLiteral("%1:%2").arg(host).arg(port) : host;
  note({QDateTime::currentDateTimeUtc(), place, purpose, by, allowed});
  if (allowed) return Ok{};
  return Error{ErrorCode::conflict, "open connection", place.toStdString(), "to be online", "the offline switch is on"};
}

Status NetworkGate::openExternal(const QUrl& url, const QString& purpose) {
  const int standard = url.scheme() == QLatin1String("https") ? 443 : url.scheme() == QLatin1String("http") ? 80 : 0;
  if (!standard) {
    return Error{ErrorCode::invalid_argument, "open page", url.toDisplayString().toStdString(), "an http or https address",
                 url.scheme().toStdString()};
  }
  RH_TRY(allow(url.host(), static_cast<quint16>(url.port(standard)), purpose));
  if (browser_(url)) return Ok{};
  return Error{ErrorCode::io, "open page", url.toDisplayString().toStdString(), "a web browser", "none that took it"};
}

QList<ConnectionRecord> NetworkGate::records() const {
  std::lock_guard lock(mutex_);
  return records_;
}

void NetworkGate::clear() {
  {
    std::lock_guard lock(mutex_);
    records_.clear();
    if (!log_file_.isEmpty()) QFile::remove(log_file_);
  }
  Q_EMIT recordsChanged();
}

void NetworkGate::note(const ConnectionRecord& record) {
  {
    std::lock_guard lock(mutex_);
    records_.append(record);
    const bool full = records_.size() > kKept + kKept / 10;
    if (full) records_.remove(0, records_.size() - kKept);
    if (!log_file_.isEmpty()) {
      if (full) {
        QSaveFile whole(log_file_);
        if (whole.open(QIODevice::WriteOnly)) {
          for (const ConnectionRecord& each : std::as_const(records_)) whole.write(toLine(each));
          whole.commit();
        }
      } else {
        QFile file(log_file_);
        if (file.open(QIODevice::Append)) file.write(toLine(record));
      }
    }
  }
  Q_EMIT recordsChanged();
}

}  // namespace roundhouse::app
