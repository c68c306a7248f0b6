// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "roundhouse/hooks.h"

namespace roundhouse::app {

// No log, no answer: while an audit log is wanted and could not be opened, nothing reaches a model. Any thread.
class LogGuard : public PromptHook {
 public:
  static constexpr char kOperation[] = "log the answer";  // of the refusal

  // `why` the log could not be opened.
  void refuse(const Error& why);
  void allow();

  Status before_prompt(std::vector<Message>& messages) override;

 private:
  std::mutex mutex_;
  std::optional<Error> refusal_;  // guarded by mutex_
};

}  // namespace roundhouse::app
