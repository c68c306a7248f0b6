// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/job_manager.h"

#include <QDir>
#include <QFile>
#include <QRandomGenerator>

#include "app/jobs/job_checks.h"
#include "app/jobs/job_desk.h"
#include "app/jobs/worker.h"

namespace roundhouse::app {
namespace {

constexpr int kPaceMs = 34;  // between two announcements
constexpr qsizetype kLongestName = 40;

// A folder's name that shows what is in it and is its own.
QString idFor(const QString& name) {
  QString id;
  for (const QChar c : name.left(kLongestName)) {
    if (c.isLetterOrNumber() || c.isSurrogate() || c.isMark()) id.append(c.toLower());
    else if (!id.isEmpty() && !id.endsWith(QLatin1Char('-'))) id.append(QLatin1Char('-'));
  }
  if (!id.isEmpty() && id.back().isHighSurrogate()) id.chop(1);
  while (id.endsWith(QLatin1Char('-'))) id.chop(1);
  return QStringLiteral("%1-%2").arg(id.isEmpty() ? QStringLiteral("fine-tune") : id).arg(QRandomGenerator::system()->generate(), 8, 16, QLatin1Char('0'));
}

}  // namespace

JobManager::JobManager(JobManagerOptions options, QObject* parent) : QObject(parent), options_(std::move(options)) {
  if (options_.program.isEmpty()) options_.program = workerProgram();
  if (!options_.dataFolder.isEmpty()) options_.dataFolder = QDir(options_.dataFolder).absolutePath();
  pace_.setSingleShot(true);
  pace_.setInterval(kPaceMs);
  connect(&pace_, &QTimer::timeout, this, &JobManager::announce);

  desk_ = new JobDesk(options_.dataFolder, options_.program, options_.parallel, options_.pollMs);
  checker_ = new JobChecks(options_.program);
  for (QObject* each : {static_cast<QObject*>(desk_), static_cast<QObject*>(checker_)}) {
    each->moveToThread(&thread_);
    connect(&thread_, &QThread::finished, each, &QObject::deleteLater);
  }
  connect(desk_, &JobDesk::listed, this, &JobManager::takeJobs);
  connect(desk_, &JobDesk::runRead, this, &JobManager::takeRun);
  connect(desk_, &JobDesk::failed, this, [this](const QString& id, const Error& error) {
    adding_.remove(id);
    Q_EMIT failed(id, error);
  });
  connect(desk_, &JobDesk::noticed, this, &JobManager::noticed);
  connect(checker_, &JobChecks::done, this, &JobManager::finishCheck);
  thread_.setObjectName(QStringLiteral("jobs"));
  thread_.start(QThread::LowPriority);
  ask([](JobDesk& desk) { desk.begin(); });
}

JobManager::~JobManager() {
  // What has been asked for is still done.
  QMetaObject::invokeMethod(desk_, [this] { thread_.quit(); }, Qt::QueuedConnection);
  thread_.wait();
}

void JobManager::ask(std::function<void(JobDesk&)> what) {
  QMetaObject::invokeMethod(desk_, [desk = desk_, what = std::move(what)] { what(*desk); }, Qt::QueuedConnection);
}

int JobManager::indexOf(const QString& id) const {
  for (int i = 0; i < jobs_.size(); ++i) {
    if (jobs_[i].id == id) return i;
  }
  return -1;
}

JobInfo JobManager::job(const QString& id) const {
  const int at = indexOf(id);
  return at < 0 ? JobInfo() : jobs_[at];
}

JobRun JobManager::run(const QString& id) {
  if (indexOf(id) < 0) return {};
  const bool known = runs_.contains(id);
  looked_at_.removeAll(id);
  looked_at_.append(id);
  if (known) return runs_.value(id);
  runs_.insert(id, {});
  ask([id](JobDesk& desk) { desk.watch(id, true); });
  for (qsizetype i = 0, left = looked_at_.size() - kMostRuns; i < looked_at_.size() && left > 0;) {
    const QString old = looked_at_[i];
    if (old == id || job(old).state == JobState::running) {
      ++i;
      continue;
    }
    looked_at_.removeAt(i);
    runs_.remove(old);
    ask([old](JobDesk& desk) { desk.watch(old, false); });
    --left;
  }
  return {};
}

quint64 JobManager::preflight(const TrainingJob& job, QObject* receiver, Checked done) {
  const quint64 number = ++last_check_;
  checks_.insert(number, {receiver, std::move(done)});
  if (receiver) connect(receiver, &QObject::destroyed, this, [this, number] { cancelPreflight(number); });
  QMetaObject::invokeMethod(checker_, [checker = checker_, number, job] { checker->begin(number, job); }, Qt::QueuedConnection);
  return number;
}

void JobManager::cancelPreflight(quint64 number) {
  if (!checks_.contains(number)) return;
  QMetaObject::invokeMethod(checker_, [checker = checker_, number] { checker->cancel(number); }, Qt::QueuedConnection);
}

void JobManager::finishCheck(quint64 number, const Result<QJsonObject>& report) {
  const Check check = checks_.take(number);
  if (check.receiver && check.done) check.done(report);
}

QString JobManager::add(TrainingJob job) {
  JobInfo info;
  info.name = QString::fromStdString(job.name);
  info.id = idFor(info.name);
  info.folder = job.output.empty() ? QDir(options_.dataFolder).filePath(QStringLiteral("runs/") + info.id)
                                   : QDir::cleanPath(QDir().absoluteFilePath(QFile::decodeName(job.output.c_str())));
  job.output = QFile::encodeName(info.folder).toStdString();
  info.created = QDateTime::currentDateTimeUtc();
  info.job = std::move(job);
  qsizetype at = 0;
  while (at < jobs_.size() && jobs_[at].active()) ++at;
  jobs_.insert(at, info);
  adding_.insert(info.id);
  jobs_changed_ = true;
  if (!pace_.isActive()) pace_.start();
  ask([info](JobDesk& desk) { desk.add(info); });
  return info.id;
}

void JobManager::pause(const QString& id) { ask([id](JobDesk& desk) { desk.pause(id); }); }
void JobManager::resume(const QString& id) { ask([id](JobDesk& desk) { desk.resume(id); }); }
void JobManager::cancel(const QString& id) { ask([id](JobDesk& desk) { desk.cancel(id); }); }
void JobManager::remove(const QString& id, bool deleteFolder) { ask([id, deleteFolder](JobDesk& desk) { desk.remove(id, deleteFolder); }); }
void JobManager::move(const QString& id, int place) { ask([id, place](JobDesk& desk) { desk.move(id, place); }); }

TrainingJob JobManager::clone(const QString& id) const {
  TrainingJob copy = job(id).job;
  copy.output.clear();
  return copy;
}

QString JobManager::command(const QString& id) const {
  const JobInfo info = job(id);
  if (info.id.isEmpty()) return {};
  return command(QDir(info.folder).filePath(QStringLiteral("job.yaml")), info.started.isValid() && info.state != JobState::queued);
}

QString JobManager::command(const QString& jobFile, bool resume) const {
  QStringList words;
  if (const QString data = qEnvironmentVariable("ROUNDHOUSE_DATA"); !data.isEmpty()) words.append(QStringLiteral("ROUNDHOUSE_DATA=") + shellQuoted(data));
  words.append(shellQuoted(options_.program));
  for (const QString& each : workerArguments(jobFile, resume)) words.append(shellQuoted(each));
  return words.join(QLatin1Char(' '));
}

void JobManager::takeJobs(const QList<JobInfo>& jobs) {
  QList<JobInfo> kept;  // asked for after the list was made
  for (const JobInfo& each : std::as_const(jobs_)) {
    if (adding_.contains(each.id)) kept.append(each);
  }
  jobs_ = jobs;
  for (const JobInfo& each : jobs) adding_.remove(each.id);
  qsizetype at = 0;
  while (at < jobs_.size() && jobs_[at].active()) ++at;
  for (const JobInfo& each : kept) {
    if (adding_.contains(each.id)) jobs_.insert(at++, each);
  }
  for (const QString& id : QStringList(looked_at_)) {
    if (indexOf(id) >= 0) continue;
    looked_at_.removeAll(id);
    runs_.remove(id);
    runs_changed_.remove(id);
  }
  ready_ = true;
  jobs_changed_ = true;
  if (!pace_.isActive()) pace_.start();
}

void JobManager::takeRun(const QString& id, const JobRun& run) {
  const auto known = runs_.find(id);
  if (known == runs_.end()) return;
  *known = run;
  runs_changed_.insert(id);
  if (!pace_.isActive()) pace_.start();
}

void JobManager::announce() {
  const QSet<QString> runs = std::exchange(runs_changed_, {});
  if (std::exchange(jobs_changed_, false)) Q_EMIT jobsChanged();
  for (const QString& id : runs) Q_EMIT runChanged(id);
}

}  // namespace roundhouse::app
