// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/log_guard.h"

namespace roundhouse::app {

void LogGuard::refuse(const Error& why) {
  const std::lock_guard lock(mutex_);
  refusal_ = why;
  refusal_->operation = kOperation;
}

void LogGuard::allow() {
  const std::lock_guard lock(mutex_);
  refusal_.reset();
}

Status LogGuard::before_prompt(std::vector<Message>&) {
  const std::lock_guard lock(mutex_);
  if (refusal_) return *refusal_;
  return Ok{};
}

}  // namespace roundhouse::app
