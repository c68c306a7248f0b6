// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace roundhouse {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

// Takes one finished line. Called from any thread, also from the engine's workers: must not throw and
// should not block for long. `component` is a short fixed word ("io", "runtime"). Lines never hold
// prompts, answers or other content of the user's: those go to the audit log, which has rules for them.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void log(LogLevel level, std::string_view component, std::string_view message) = 0;
};

class NullLogSink final : public LogSink {
 public:
  void log(LogLevel, std::string_view, std::string_view) override {}
};

// Keeps the lines, for tests and for a view that shows the newest: at most `capacity`, oldest dropped.
class MemoryLogSink final : public LogSink {
 public:
  struct Line {
    LogLevel level;
    std::string component;
    std::string message;
  };
  explicit MemoryLogSink(std::size_t capacity = 1000) : capacity_(capacity) {}
  void log(LogLevel level, std::string_view component, std::string_view message) override;
  std::vector<Line> lines() const;

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::vector<Line> lines_;  // ring; guarded by mutex_
  std::size_t next_ = 0;     // where the next line goes once full; guarded by mutex_
};

// Lines of at least `least` on standard error: "2026-11-24 10:11:12.345 warning io: text".
std::shared_ptr<LogSink> make_stderr_log_sink(LogLevel least = LogLevel::warning);

}  // namespace roundhouse
