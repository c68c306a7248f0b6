// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "roundhouse/session.h"

namespace roundhouse::cli {

// While one lives, Ctrl+C cancels the session's answer instead of ending the program; a second one ends it.
class InterruptGuard {
 public:
  explicit InterruptGuard(std::shared_ptr<Session> session);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  bool interrupted() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace roundhouse::cli
