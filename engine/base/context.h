// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "engine/base/clock.h"
#include "engine/base/log_sink.h"
#include "engine/base/memory_account.h"

namespace roundhouse {

// What the engine would otherwise take from globals. Copied by value; never holds a null pointer.
struct Context {
  std::shared_ptr<const Clock> clock = std::make_shared<SystemClock>();
  std::shared_ptr<LogSink> log = std::make_shared<NullLogSink>();
  std::shared_ptr<MemoryAccount> memory = std::make_shared<MemoryAccount>();
};

}  // namespace roundhouse
