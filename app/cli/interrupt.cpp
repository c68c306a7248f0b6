// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <system_error>

#include "app/cli/exit_codes.h"

namespace roundhouse::cli {
namespace {

int code_of(int signal) { return signal == SIGTERM ? exit_terminated : signal == SIGHUP ? exit_hung_up : exit_interrupted; }

sigset_t watched_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  struct sigaction hang_up {};
  if (::sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN) ::sigaddset(&signals, SIGHUP);
  return signals;
}

// SQLite's files survive this by design; nothing else of ours is half written without a temporary name.
void end_at_once(int signal) { ::_exit(code_of(signal)); }

void ring(int fd) {
  const std::uint64_t one = 1;
  (void)!::write(fd, &one, sizeof one);
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t signals = watched_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal_fd_ = ::signalfd(-1, &signals, SFD_CLOEXEC);
  stop_fd_ = ::eventfd(0, EFD_CLOEXEC);
  wake_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  try {
    thread_ = std::thread([this, signals] { watch(signals); });
  } catch (const std::system_error&) {
    ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);  // nobody would see them: they end the process as by default
  }
}

Interrupt::~Interrupt() {
  ring(stop_fd_);
  if (thread_.joinable()) thread_.join();
  for (int fd : {signal_fd_, stop_fd_, wake_fd_}) ::close(fd);
}

void Interrupt::watch(const sigset_t& watched) {
  // For those that come while this thread is in a call that hangs.
  struct sigaction last_resort {};
  last_resort.sa_handler = end_at_once;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (::sigismember(&watched, signal) == 1) ::sigaction(signal, &last_resort, nullptr);
  }
  for (;;) {
    pollfd waits[2] = {{signal_fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0) continue;
    if (waits[1].revents != 0) return;
    signalfd_siginfo information{};
    if (::read(signal_fd_, &information, sizeof information) != sizeof information) continue;
    const int signal = static_cast<int>(information.ssi_signo);
    if (signal_ != 0) end_at_once(signal);  // a second one does not wait for the mutex
    const std::lock_guard lock(mutex_);
    if (!cancel_) end_at_once(signal);
    signal_ = signal;
    ring(wake_fd_);
    ::pthread_sigmask(SIG_UNBLOCK, &watched, nullptr);
    cancel_();
    ::pthread_sigmask(SIG_BLOCK, &watched, nullptr);
  }
}

void Interrupt::reset() {
  signal_ = 0;
  std::uint64_t ignored = 0;
  (void)!::read(wake_fd_, &ignored, sizeof ignored);
}

int Interrupt::exit_code() const { return code_of(signal_); }

Interrupt::Scope::Scope(Interrupt& interrupt, std::function<void()> cancel) : interrupt_(interrupt) {
  const std::lock_guard lock(interrupt_.mutex_);
  interrupt_.cancel_ = std::move(cancel);
}

Interrupt::Scope::~Scope() {
  const std::lock_guard lock(interrupt_.mutex_);
  interrupt_.cancel_ = {};
}

}  // namespace roundhouse::cli
