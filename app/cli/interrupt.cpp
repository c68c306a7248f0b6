// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/interrupt.h"

#include <atomic>
#include <csignal>
#include <thread>

namespace roundhouse::cli {

namespace {
// A signal handler can reach nothing else; set only while a guard lives.
volatile std::sig_atomic_t interrupts = 0;
void count_interrupt(int) {
  const std::sig_atomic_t before = interrupts;
  interrupts = before + 1;
  if (before > 0) std::_Exit(130);
}
}  // namespace

struct InterruptGuard::State {
  std::shared_ptr<Session> session;
  void (*before)(int) = nullptr;
  std::atomic<bool> stop{false};
  std::thread watcher;
};

InterruptGuard::InterruptGuard(std::shared_ptr<Session> session) : state_(std::make_unique<State>()) {
  interrupts = 0;
  state_->session = std::move(session);
  state_->before = std::signal(SIGINT, count_interrupt);
  // Cancelling takes locks, which a handler may not.
  state_->watcher = std::thread([state = state_.get()] {
    while (!state->stop) {
      if (interrupts > 0) return state->session->cancel();
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  });
}

InterruptGuard::~InterruptGuard() {
  state_->stop = true;
  state_->watcher.join();
  std::signal(SIGINT, state_->before);
}

bool InterruptGuard::interrupted() const { return interrupts > 0; }

}  // namespace roundhouse::cli
