// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QJsonValue>
#include <QObject>
#include <QString>
#include <QThread>
#include <QTimer>

#include <functional>

#include "roundhouse/result.h"

namespace roundhouse::app {

// Settings between runs, as an INI file that a person can read and mend: each value is JSON; what is not JSON is taken
// for a text. Keys are "section/name". Several windows may write at once: each writes only the keys it changed.
class SettingsStore : public QObject {
  Q_OBJECT
 public:
  // "$ROUNDHOUSE_DATA/settings.ini", else "roundhouse/settings.ini" in the XDG configuration folder.
  static QString defaultFile();

  explicit SettingsStore(QString file = defaultFile(), QObject* parent = nullptr);
  // Writes what is still waiting.
  ~SettingsStore() override;

  const QString& file() const { return file_; }

  // Everything that is there; nothing when there is no file. Blocks on one small file. A file that is no INI file is
  // set aside (`warning` says where), and nothing of it is used. Not while another thread calls write().
  QHash<QString, QJsonValue> read(Error* warning = nullptr);

  // Undefined: removes the key. Returns at once; written within half a second, on a thread of its own.
  void write(const QString& key, const QJsonValue& value);
  // Writes what is waiting, now; returns when it is on disk.
  Status flush();

 Q_SIGNALS:
  // What was to be written stays waiting and is tried again with the next write.
  void failed(const roundhouse::Error& error);

 private:
  using Changes = QHash<QString, QJsonValue>;
  void start();
  static Status save(const QString& file, const Changes& changes);

  QString file_;
  Changes waiting_;
  QTimer timer_;
  QThread thread_;
  QObject worker_;  // lives on thread_
};

}  // namespace roundhouse::app
