// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QJsonObject>
#include <QList>
#include <QObject>
#include <QPointer>
#include <QSet>
#include <QStringList>
#include <QThread>
#include <QTimer>

#include <functional>

#include "app/jobs/job_info.h"
#include "app/jobs/job_run.h"

namespace roundhouse::app {

class JobChecks;
class JobDesk;

struct JobManagerOptions {
  QString dataFolder;  // jobs.db and runs/ lie in it; empty: no job can be added, only checked
  QString program;     // of the workers; empty: roundhouse-cli beside this program
  int parallel = 1;    // jobs that run at a time; those begun by other windows count
  int pollMs = 150;    // between two looks at the runs
};

// Fine-tunes as jobs: kept in a store, run one after another by worker processes that outlive the window, found again by the
// next one. Several windows share the jobs of a data folder. GUI thread only; nothing here blocks: what is asked for happens
// on a thread of its own, and the lists say what came of it. Kept beside the window (AppContext::keep()); when it goes, workers go on.
class JobManager : public QObject {
  Q_OBJECT
 public:
  using Checked = std::function<void(const Result<QJsonObject>& report)>;

  static constexpr int kMostRuns = 24;

  explicit JobManager(JobManagerOptions options, QObject* parent = nullptr);
  ~JobManager() override;

  // False until the store has been read for the first time.
  bool ready() const { return ready_; }
  // Running, then queued in their order, then the others, the newest first.
  const QList<JobInfo>& jobs() const { return jobs_; }
  // Id "": no such job.
  JobInfo job(const QString& id) const;
  // What is known of the run. The first call for a job begins to read its events: runChanged() follows. Empty: nothing is known (yet).
  // Of jobs that do not run the kMostRuns asked for last are followed.
  JobRun run(const QString& id);

  // What would train, without training: the report (training_run.h), or the error that the job would end with. `done` is called
  // once, unless `receiver` is gone by then (the check ends with it). An empty `output` is allowed. Returns a number for cancelPreflight().
  quint64 preflight(const TrainingJob& job, QObject* receiver, Checked done);
  // `done` gets `cancelled`. Unknown numbers are fine.
  void cancelPreflight(quint64 number);

  // A new job at the end of the queue; it begins as soon as it may. An empty `output` becomes a new folder in runs/; a folder that
  // holds a run is refused (the job is `failed`).
  QString add(TrainingJob job);
  // Finishes the step and writes a checkpoint. Of a queued job: it leaves the queue.
  void pause(const QString& id);
  // To the end of the queue; goes on from its last checkpoint, or begins where there is none.
  void resume(const QString& id);
  // Ends for good; what has been written stays. Asked for again while the worker ends: kills it, what came after the last checkpoint
  // is lost.
  void cancel(const QString& id);
  // Not while it runs. The folder stays unless `deleteFolder`.
  void remove(const QString& id, bool deleteFolder);
  // Place among the queued, 0: next.
  void move(const QString& id, int place);
  // The same for a new job: without an output of its own.
  TrainingJob clone(const QString& id) const;

  // What a shell runs to the same effect, quoted; "" for an unknown id.
  QString command(const QString& id) const;
  // The same for any job file.
  QString command(const QString& jobFile, bool resume) const;

 Q_SIGNALS:
  // At most 30 a second each (runChanged: of each job).
  void jobsChanged();
  void runChanged(const QString& id);
  // What was asked for could not be done; `id` is empty when it concerns no single job. `jobs()` goes on as it was.
  void failed(const QString& id, const roundhouse::Error& error);
  // What the user should read once: the store was damaged and made anew ...
  void noticed(const QString& text);

 private:
  struct Check {
    QPointer<QObject> receiver;
    Checked done;
  };
  void ask(std::function<void(JobDesk&)> what);
  void takeJobs(const QList<JobInfo>& jobs);
  void takeRun(const QString& id, const JobRun& run);
  void finishCheck(quint64 number, const Result<QJsonObject>& report);
  void announce();
  int indexOf(const QString& id) const;

  JobManagerOptions options_;
  bool ready_ = false;
  QList<JobInfo> jobs_;
  QSet<QString> adding_;       // in jobs_, but not known to have come into the store
  QHash<QString, JobRun> runs_;
  QStringList looked_at_;      // keys of runs_, the last one asked for at the end
  QHash<quint64, Check> checks_;
  quint64 last_check_ = 0;
  QTimer pace_;
  bool jobs_changed_ = false;
  QSet<QString> runs_changed_;
  QThread thread_;
  JobDesk* desk_ = nullptr;    // live on thread_
  JobChecks* checker_ = nullptr;
};

}  // namespace roundhouse::app
