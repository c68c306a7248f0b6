// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/folder_lock.h"

#include <QElapsedTimer>
#include <QFile>
#include <QThread>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace roundhouse::app {
namespace {
constexpr int kPauseMs = 5, kMomentMs = 100;
}  // namespace

FolderLock::FolderLock(const QString& folder, int patienceMs, const std::atomic<bool>* hurry)
    : folder_(::open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (folder_ < 0) return;
  QElapsedTimer waited;
  waited.start();
  while (!(held_ = ::flock(folder_, LOCK_EX | LOCK_NB) == 0)) {
    if (errno != EWOULDBLOCK && errno != EINTR) return;
    busy_ = waited.hasExpired(hurry && *hurry ? std::min(patienceMs, kMomentMs) : patienceMs);
    if (busy_) return;
    QThread::msleep(kPauseMs);
  }
}

FolderLock::~FolderLock() {
  if (folder_ >= 0) ::close(folder_);  // the lock goes with it
}

}  // namespace roundhouse::app
