// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <sys/types.h>

#include <optional>

#include "roundhouse/result.h"

namespace roundhouse::app {

// The process that trains, seen from outside. Its folder is that of training_run.h; beside those files it has
//   worker.lock  locked (flock) from before it is started until it has ended: the descriptor is the worker's, with its id inside
//   worker.log   what it says on standard output and standard error
// All of it blocks, though not for long.

// `roundhouse-cli` beside this program.
QString workerProgram();

// What a worker is called with. `resume`: there are events in the folder.
QStringList workerArguments(const QString& jobFile, bool resume);

// As one word of a POSIX shell.
QString shellQuoted(const QString& text);

// Whether a process works on the run: it holds worker.lock (begun by a window) or run.lock (by hand), and the id in it is that of a
// process. An id alone proves nothing.
struct WorkerState {
  bool held = false;
  qint64 pid = 0;  // 0: not written yet
};
WorkerState workerOf(const QString& folder);

// The claim to start a worker in the folder. One at a time on a machine.
class WorkerClaim {
 public:
  // `conflict`: a worker is there, or another window is about to start one. Not by two at the same moment: under a lock of theirs.
  static Result<WorkerClaim> take(const QString& folder);
  WorkerClaim(WorkerClaim&& other) noexcept : folder_(std::move(other.folder_)), lock_(other.lock_) { other.lock_ = -1; }
  WorkerClaim(const WorkerClaim&) = delete;
  WorkerClaim& operator=(const WorkerClaim&) = delete;
  ~WorkerClaim();

  // In a session of its own, so that it outlives this program, in the folder, with this program's environment. Hands the lock
  // over to it. The child is to be waited for (reap()) as long as this program lives.
  Result<pid_t> start(const QString& program, const QStringList& arguments);

 private:
  WorkerClaim(QString folder, int lock) : folder_(std::move(folder)), lock_(lock) {}
  QString folder_;
  int lock_ = -1;
};

// How a child ended, as waitpid() says it; nothing while it runs. `known` is false when somebody else has waited for it.
struct WorkerEnd {
  bool known = false;
  int status = 0;
};
std::optional<WorkerEnd> reap(pid_t child);

// Sends a signal to the process that holds the run, and to no other: whether it still does is looked at once the process
// cannot be mistaken any more. `not_found`: nobody holds it, or has not said yet who it is.
Status signalWorker(const QString& folder, int signal);

// The end of what the worker has said since `from`, at most some lines, fit to be shown.
QString lastWords(const QString& folder, qint64 from);

}  // namespace roundhouse::app
