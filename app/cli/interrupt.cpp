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

int code_of(int signal) { return signal == SIGTERM ? exit_terminated : exit_interrupted; }

void ring(int fd) {
  const std::uint64_t one = 1;
  (void)!::write(fd, &one, sizeof one);
}

}  // namespace

Interrupt::Interrupt() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal_fd_ = ::signalfd(-1, &signals, SFD_CLOEXEC);
  stop_fd_ = ::eventfd(0, EFD_CLOEXEC);
  wake_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  try {
    thread_ = std::thread([this] { watch(); });
  } catch (const std::system_error&) {
    ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);  // nobody would see them: they end the process as by default
  }
}

Interrupt::~Interrupt() {
  ring(stop_fd_);
  if (thread_.joinable()) thread_.join();
  for (int fd : {signal_fd_, stop_fd_, wake_fd_}) ::close(fd);
}

void Interrupt::watch() {
  for (;;) {
    pollfd waits[2] = {{signal_fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0) continue;
    if (waits[1].revents != 0) return;
    signalfd_siginfo information{};
    if (::read(signal_fd_, &information, sizeof information) != sizeof information) continue;
    const int signal = static_cast<int>(information.ssi_signo);
    const std::lock_guard lock(mutex_);
    // SQLite's files survive this by design; nothing else of ours is half written without a temporary name.
    if (!cancel_ || signal_ != 0) ::_exit(code_of(signal));
    signal_ = signal;
    ring(wake_fd_);
    cancel_();
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
