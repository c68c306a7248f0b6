// SPDX-License-Identifier: Apache-2.0
#include "engine/base/log_sink.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace roundhouse {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

class StderrLogSink final : public LogSink {
 public:
  explicit StderrLogSink(LogLevel least) : logger_("roundhouse", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_level(spdlog_level(least));
    logger_.set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
    logger_.flush_on(spdlog::level::debug);
  }
  void log(LogLevel level, std::string_view component, std::string_view message) override {
    logger_.log(spdlog_level(level), "{}: {}", component, message);  // spdlog's logger catches what its sinks throw
  }

 private:
  spdlog::logger logger_;
};

}  // namespace

void MemoryLogSink::log(LogLevel level, std::string_view component, std::string_view message) {
  const std::lock_guard lock(mutex_);
  Line line{level, std::string(component), std::string(message)};
  if (lines_.size() < capacity_) {
    lines_.push_back(std::move(line));
  } else if (capacity_ > 0) {
    lines_[next_] = std::move(line);
    next_ = (next_ + 1) % capacity_;
  }
}

std::vector<MemoryLogSink::Line> MemoryLogSink::lines() const {
  const std::lock_guard lock(mutex_);
  std::vector<Line> ordered(lines_.begin() + static_cast<std::ptrdiff_t>(next_), lines_.end());
  ordered.insert(ordered.end(), lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(next_));
  return ordered;
}

std::shared_ptr<LogSink> make_stderr_log_sink(LogLevel least) { return std::make_shared<StderrLogSink>(least); }

}  // namespace roundhouse
