// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QJsonObject>
#include <QObject>
#include <QString>

#include "roundhouse/result.h"
#include "roundhouse/training_job.h"

class QProcess;
class QTemporaryFile;

namespace roundhouse::app {

// Jobs looked at by `roundhouse-cli train JOB --check --json`, several at a time. One thread, with an event loop.
class JobChecks : public QObject {
  Q_OBJECT
 public:
  explicit JobChecks(QString program);
  // Ends all that run; nothing is said any more.
  ~JobChecks() override;

  // done() follows, once.
  void begin(quint64 number, TrainingJob job);
  void cancel(quint64 number);

 Q_SIGNALS:
  void done(quint64 number, const roundhouse::Result<QJsonObject>& report);

 private:
  struct Check {
    QProcess* process = nullptr;
    QTemporaryFile* file = nullptr;
  };
  void finish(quint64 number, const Result<QJsonObject>& report);

  const QString program_;
  QHash<quint64, Check> running_;
};

// What the command wrote and how it ended.
Result<QJsonObject> checkReport(const QByteArray& out, const QByteArray& err, int exitCode, const std::string& job);

}  // namespace roundhouse::app
