// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

#include "roundhouse/cancel.h"

namespace roundhouse::cli {

// Ctrl+C (SIGINT), SIGTERM and SIGHUP (unless it is ignored, as under nohup) as calls on a thread. Made before any other
// thread, so that all inherit the blocked signals. The first one cancels what goes on; a second one before that has ended,
// or one while nothing can be cancelled, ends the process at once with the exit code of its signal, even where `cancel`
// hangs. Where the system gives no thread, every signal ends it.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // While it lives, a signal calls `cancel` (on the interrupt's thread; it must return at once) instead of ending the
  // process. One at a time.
  class Scope {
   public:
    Scope(Interrupt& interrupt, std::function<void()> cancel);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Interrupt& interrupt_;
  };

  // Whether a signal came in a Scope; reset() forgets it and goes on.
  bool came() const { return signal_ != 0; }
  void reset();
  int exit_code() const;          // for a program that ends because of it
  int wake_fd() const { return wake_fd_; }  // readable once a signal came

 private:
  void watch(const sigset_t& watched);

  int signal_fd_ = -1, stop_fd_ = -1, wake_fd_ = -1;
  std::atomic<int> signal_{0};
  std::mutex mutex_;
  std::function<void()> cancel_;  // guarded
  std::thread thread_;
};

}  // namespace roundhouse::cli
