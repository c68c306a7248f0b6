// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QList>
#include <QObject>
#include <QString>
#include <QUrl>

#include <functional>
#include <mutex>

#include "roundhouse/result.h"

namespace roundhouse::app {

// One attempt to reach something outside this machine.
struct ConnectionRecord {
  QDateTime time;   // UTC
  QString host;     // with port, "example.org:443"
  QString purpose;  // one line, for people
  QString by;       // "roundhouse" or a plugin's id
  bool allowed = false;
  bool operator==(const ConnectionRecord&) const = default;
};

// The only door to the network: whatever wants to open a connection asks here first. Forbids all while offline, and
// notes each attempt, allowed or not, in a file of one JSON object a line. Any thread; signals come queued.
class NetworkGate : public QObject {
  Q_OBJECT
 public:
  static constexpr int kKept = 1000;  // records, the newest ones

  // `logFile` may be missing; an empty name keeps the records in memory only.
  explicit NetworkGate(const QString& logFile, QObject* parent = nullptr);

  bool offline() const;
  void setOffline(bool offline);

  // ok: go ahead, once. `conflict`: the user is offline. `invalid_argument`: no host.
  Status allow(const QString& host, quint16 port, const QString& purpose, const QString& by = QStringLiteral("roundhouse"));
  // Opens a page in the user's browser, through allow(). `io`: no browser took it.
  Status openExternal(const QUrl& url, const QString& purpose);
  // What opens pages; the desktop's handler by default.
  void setBrowser(std::function<bool(const QUrl&)> browser) { browser_ = std::move(browser); }

  QList<ConnectionRecord> records() const;  // oldest first
  void clear();

 Q_SIGNALS:
  void offlineChanged(bool offline);
  void recordsChanged();

 private:
  void note(const ConnectionRecord& record);

  mutable std::mutex mutex_;
  QString log_file_;
  bool offline_ = false;             // guarded
  QList<ConnectionRecord> records_;  // guarded
  std::function<bool(const QUrl&)> browser_;
};

}  // namespace roundhouse::app
