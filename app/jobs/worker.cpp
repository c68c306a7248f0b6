// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/worker.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

#include <fcntl.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

namespace roundhouse::app {
namespace {

constexpr const char* kStarting = "start worker";
constexpr const char* kSignalling = "signal worker";
constexpr int kLockFd = 3;  // in the worker
constexpr qint64 kMostWords = 4096;

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

QByteArray inFolder(const QString& folder, const char* name) { return QFile::encodeName(QDir(folder).filePath(QLatin1String(name))); }

qint64 pidIn(int fd) {
  char text[32] = {};
  const ssize_t read = ::pread(fd, text, sizeof text - 1, 0);
  return read > 0 ? std::max<qint64>(QByteArray(text, read).trimmed().toLongLong(), 0) : 0;
}

WorkerState stateOf(const QByteArray& path) {
  const Fd lock(::open(path.constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (lock.get() < 0) return {};
  // Shared, so that two who look do not take each other for a worker.
  if (::flock(lock.get(), LOCK_SH | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return {};  // a file system without locks
  const qint64 pid = pidIn(lock.get());
  // What the worker has started, and what outlives it, has the descriptor too.
  if (pid > 1 && ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) return {};
  return {true, pid};
}

Error systemError(const char* operation, const QByteArray& object, const char* expected, int code) {
  return {code == ENOMEM || code == EAGAIN ? ErrorCode::out_of_memory : code == ENOENT ? ErrorCode::not_found : ErrorCode::io, operation, object.toStdString(),
          expected, std::strerror(code)};
}

}  // namespace

QString workerProgram() { return QDir(QCoreApplication::applicationDirPath()).filePath(QStringLiteral("roundhouse-cli")); }

QStringList workerArguments(const QString& jobFile, bool resume) {
  QStringList arguments{QStringLiteral("train"), jobFile, QStringLiteral("--yes")};
  if (resume) arguments.append(QStringLiteral("--resume"));
  return arguments;
}

QString shellQuoted(const QString& text) {
  static const QString plain = QStringLiteral("-_./=:,+@%");
  bool bare = !text.isEmpty();
  for (const QChar c : text) bare = bare && ((c.unicode() < 128 && c.isLetterOrNumber()) || plain.contains(c));
  if (bare) return text;
  QString inside = text;
  return QLatin1Char('\'') + inside.replace(QLatin1Char('\''), QStringLiteral("'\\''")) + QLatin1Char('\'');
}

WorkerState workerOf(const QString& folder) {
  const WorkerState begun = stateOf(inFolder(folder, "worker.lock"));
  return begun.held ? begun : stateOf(inFolder(folder, "run.lock"));
}

Result<WorkerClaim> WorkerClaim::take(const QString& folder) {
  const QByteArray path = inFolder(folder, "worker.lock");
  if (!stateOf(path).held) {
    // One that only a dead worker's children hold is of no use any more.
    const Fd old(::open(path.constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (old.get() >= 0 && ::flock(old.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) ::unlink(path.constData());
  }
  Fd lock(::open(path.constData(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.get() < 0) return systemError(kStarting, path, "a file that can be written", errno);
  const Error busy{ErrorCode::conflict, kStarting, folder.toStdString(), "a run that no process works on", "a running one"};
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return busy;
    return systemError(kStarting, path, "a file that can be locked", errno);
  }
  if (stateOf(inFolder(folder, "run.lock")).held) return busy;
  if (::ftruncate(lock.get(), 0) != 0) return systemError(kStarting, path, "a file that can be written", errno);
  return WorkerClaim(folder, lock.release());
}

WorkerClaim::~WorkerClaim() {
  if (lock_ >= 0) ::close(lock_);
}

Result<pid_t> WorkerClaim::start(const QString& program, const QStringList& arguments) {
  const QByteArray file = QFile::encodeName(program), folder = QFile::encodeName(folder_), log = inFolder(folder_, "worker.log");
  std::vector<QByteArray> words{file};
  for (const QString& each : arguments) words.push_back(QFile::encodeName(each));
  std::vector<char*> argv;
  for (QByteArray& each : words) argv.push_back(each.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  int failed = 0;
  const auto also = [&failed](int code) {
    if (failed == 0) failed = code;
  };
  also(::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0));
  also(::posix_spawn_file_actions_addopen(&actions, 1, log.constData(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600));
  also(::posix_spawn_file_actions_adddup2(&actions, 1, 2));
  also(::posix_spawn_file_actions_adddup2(&actions, lock_, kLockFd));  // also clears FD_CLOEXEC when it is that already
  also(::posix_spawn_file_actions_addchdir_np(&actions, folder.constData()));
  sigset_t none, standard;
  ::sigemptyset(&none);
  ::sigemptyset(&standard);
  for (const int each : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGCHLD}) ::sigaddset(&standard, each);
  also(::posix_spawnattr_setsigmask(&attributes, &none));
  also(::posix_spawnattr_setsigdefault(&attributes, &standard));
  also(::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  pid_t child = 0;
  if (failed == 0) failed = ::posix_spawn(&child, file.constData(), &actions, &attributes, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0) return systemError(kStarting, file, "a program that can be run, and a folder that can be written to", failed);
  const QByteArray id = QByteArray::number(qint64(child)) + '\n';
  (void)!::pwrite(lock_, id.constData(), size_t(id.size()), 0);
  ::close(std::exchange(lock_, -1));  // the worker has its own
  return child;
}

std::optional<WorkerEnd> reap(pid_t child) {
  int status = 0;
  const pid_t ended = ::waitpid(child, &status, WNOHANG);
  if (ended == child) return WorkerEnd{true, status};
  if (ended < 0 && errno != EINTR) return WorkerEnd{};
  return std::nullopt;
}

Status signalWorker(const QString& folder, int signal) {
  const WorkerState before = workerOf(folder);
  const Error nobody{ErrorCode::not_found, kSignalling, folder.toStdString(), "a process that works on the run", "none"};
  if (!before.held || before.pid <= 1) return nobody;
  const auto pid = static_cast<pid_t>(before.pid);
#ifdef SYS_pidfd_open
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (process.get() < 0 && errno == ESRCH) return nobody;
#else
  const Fd process(-1);
#endif
  // Its id may have become another's before the process was opened, but then it no longer holds the run.
  const WorkerState now = workerOf(folder);
  if (!now.held || now.pid != before.pid) return nobody;
#ifdef SYS_pidfd_open
  const int sent = static_cast<int>(process.get() >= 0 ? ::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0) : ::kill(pid, signal));
#else
  const int sent = ::kill(pid, signal);
#endif
  if (sent != 0) return errno == ESRCH ? nobody : systemError(kSignalling, QByteArray::number(before.pid), "a process of the same user", errno);
  return Ok{};
}

QString lastWords(const QString& folder, qint64 from) {
  QFile log(QDir(folder).filePath(QStringLiteral("worker.log")));
  if (!log.open(QIODevice::ReadOnly)) return {};
  const qint64 size = log.size(), begin = std::max(size - kMostWords, from <= size ? from : 0);
  if (!log.seek(begin)) return {};
  QString text = QString::fromUtf8(log.read(kMostWords));
  for (QChar& c : text) {
    if (c == QLatin1Char('\r')) c = QLatin1Char('\n');
    else if (!c.isPrint() && c != QLatin1Char('\n')) c = QLatin1Char(' ');
  }
  QStringList lines = text.split(QLatin1Char('\n'), Qt::SkipEmptyParts);
  if (begin > from && lines.size() > 1) lines.removeFirst();  // cut
  return lines.mid(std::max<qsizetype>(lines.size() - 5, 0)).join(QLatin1Char('\n')).trimmed();
}

}  // namespace roundhouse::app
