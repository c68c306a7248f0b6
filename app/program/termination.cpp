// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/program/termination.h"

#include <QCoreApplication>
#include <QSocketNotifier>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>

namespace roundhouse::app {
namespace {

constexpr int kSignals[] = {SIGTERM, SIGINT, SIGHUP};

// A handler gets nothing but the signal's number.
std::atomic<int> pipe_end = -1;
std::atomic<std::int64_t> patience_ms = 0, asked_ms = 0;  // 0: not yet
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<std::int64_t>::is_always_lock_free);

void tell(int signal) {
  const int before = errno;
  if (signal != SIGHUP) {
    timespec now{};
    (void)::clock_gettime(CLOCK_MONOTONIC, &now);
    const std::int64_t ms = std::int64_t(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000 + 1;
    std::int64_t first = 0;
    if (!asked_ms.compare_exchange_strong(first, ms) && ms - first > patience_ms) ::_exit(128 + signal);
  }
  const auto number = static_cast<unsigned char>(signal);
  (void)!::write(pipe_end, &number, 1);
  errno = before;
}

}  // namespace

Termination::Termination(int patienceMs) {
  if (::pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;  // then they end the program as by default
  auto* notifier = new QSocketNotifier(ends_[0], QSocketNotifier::Read, this);
  connect(notifier, &QSocketNotifier::activated, this, [this] {
    unsigned char number = 0;
    if (::read(ends_[0], &number, 1) == 1) QCoreApplication::exit(128 + number);
  });
  pipe_end = ends_[1];
  patience_ms = patienceMs;
  asked_ms = 0;
  for (const int each : kSignals) {
    struct sigaction now {};
    if (::sigaction(each, nullptr, &now) != 0 || now.sa_handler == SIG_IGN) continue;
    struct sigaction wanted {};
    wanted.sa_handler = tell;
    wanted.sa_flags = SA_RESTART;
    ::sigaction(each, &wanted, nullptr);
  }
}

Termination::~Termination() {
  for (const int each : kSignals) {
    struct sigaction now {};
    if (::sigaction(each, nullptr, &now) == 0 && now.sa_handler == tell) ::signal(each, SIG_DFL);
  }
  pipe_end = -1;
  for (const int end : ends_) {
    if (end >= 0) ::close(end);
  }
}

}  // namespace roundhouse::app
