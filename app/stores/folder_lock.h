// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <atomic>

namespace roundhouse::app {

// Held while something of a folder is done that threads and programs must not do at the same time (flock). Waits so long for
// another to let go, but a moment once `*hurry` is true. Where the file system knows no locks it is neither held nor
// busy(), and one goes on without. Not to be asked for again by who holds it.
class FolderLock {
 public:
  explicit FolderLock(const QString& folder, int patienceMs = 2000, const std::atomic<bool>* hurry = nullptr);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  bool held() const { return held_; }
  bool busy() const { return busy_; }  // another still has it

 private:
  int folder_ = -1;
  bool held_ = false, busy_ = false;
};

}  // namespace roundhouse::app
