// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/job_checks.h"

#include <QDir>
#include <QJsonDocument>
#include <QProcess>
#include <QTemporaryFile>

#include "app/jobs/job_run_builder.h"

namespace roundhouse::app {
namespace {
constexpr const char* kChecking = "check job";
constexpr qsizetype kMostText = 2000;
}  // namespace

Result<QJsonObject> checkReport(const QByteArray& out, const QByteArray& err, int exitCode, const std::string& job) {
  const QJsonObject report = QJsonDocument::fromJson(out.trimmed()).object();
  if (const QJsonValue error = report.value(QLatin1String("error")); error.isObject()) return errorOfJson(error.toObject());
  if (exitCode == 0 && !report.isEmpty()) return report;
  std::string said = "code " + std::to_string(exitCode);
  if (const QByteArray words = err.trimmed().right(kMostText); !words.isEmpty()) said += ": " + words.toStdString();
  return Error{exitCode == 0 ? ErrorCode::malformed : ErrorCode::io, kChecking, job, "a report", said};
}

JobChecks::JobChecks(QString program) : program_(std::move(program)) {}

JobChecks::~JobChecks() {
  for (QProcess* each : findChildren<QProcess*>()) {  // also those that were cancelled
    each->disconnect(this);
    each->kill();
    each->waitForFinished(1000);
  }
}

void JobChecks::begin(quint64 number, TrainingJob job) {
  const std::string name = job.name;
  const auto refuse = [&](ErrorCode code, std::string expected, const QString& received) {
    Q_EMIT done(number, Error{code, kChecking, name, std::move(expected), received.toStdString()});
  };
  if (job.output.empty()) job.output = QFile::encodeName(QDir::temp().filePath(QStringLiteral("roundhouse-check"))).toStdString();  // never made
  if (const Status fits = check_training_job(job); !fits.ok()) return Q_EMIT done(number, fits.error());
  auto* file = new QTemporaryFile(QDir::temp().filePath(QStringLiteral("roundhouse-job-XXXXXX.yaml")), this);
  const QByteArray text = QByteArray::fromStdString(training_job_yaml(job));
  if (!file->open() || file->write(text) != text.size() || !file->flush()) {
    refuse(ErrorCode::io, "a temporary file that can be written", file->errorString());
    delete file;
    return;
  }
  auto* process = new QProcess(this);
  running_.insert(number, {process, file});
  connect(process, &QProcess::errorOccurred, this, [this, number, process, name](QProcess::ProcessError error) {
    if (error != QProcess::FailedToStart) return;  // or else finished() follows
    finish(number, Error{ErrorCode::not_found, kChecking, name, "a program that can be run: " + program_.toStdString(), process->errorString().toStdString()});
  });
  connect(process, &QProcess::finished, this, [this, number, process, name](int code, QProcess::ExitStatus status) {
    if (status == QProcess::CrashExit) finish(number, Error{ErrorCode::io, kChecking, name, "a report", "the program was killed by signal " + std::to_string(code)});
    else finish(number, checkReport(process->readAllStandardOutput(), process->readAllStandardError(), code, name));
  });
  process->setStandardInputFile(QProcess::nullDevice());
  process->start(program_, {QStringLiteral("train"), file->fileName(), QStringLiteral("--check"), QStringLiteral("--json")});
}

void JobChecks::cancel(quint64 number) {
  const auto found = running_.constFind(number);
  if (found == running_.cend()) return;
  QProcess* process = found->process;
  const std::string name = found->file->fileName().toStdString();
  process->disconnect(this);
  process->kill();
  finish(number, Error{ErrorCode::cancelled, kChecking, name, "its end", "it is no longer wanted"});
}

void JobChecks::finish(quint64 number, const Result<QJsonObject>& report) {
  const Check check = running_.take(number);
  if (!check.process) return;
  if (check.process->state() == QProcess::NotRunning) check.process->deleteLater();
  else connect(check.process, &QProcess::finished, check.process, &QObject::deleteLater);
  delete check.file;
  Q_EMIT done(number, report);
}

}  // namespace roundhouse::app
