// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

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

// Hands "info runtime: text" on.
class CallbackLogSink final : public LogSink {
 public:
  explicit CallbackLogSink(std::function<void(const std::string& line)> take) : take_(std::move(take)) {}
  void log(LogLevel level, std::string_view component, std::string_view message) override;

 private:
  std::function<void(const std::string& line)> take_;
};

// Lines of at least `least` on standard error: "2026-11-24 10:11:12.345 warning io: text".
std::shared_ptr<LogSink> make_stderr_log_sink(LogLevel least = LogLevel::warning);
// "debug", "info", "warning", "error"; anything else is `otherwise`.
LogLevel log_level_named(std::string_view name, LogLevel otherwise);
const char* log_level_name(LogLevel level);

}  // namespace roundhouse
