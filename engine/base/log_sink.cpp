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

void CallbackLogSink::log(LogLevel level, std::string_view component, std::string_view message) {
  take_(std::string(log_level_name(level)) + " " + std::string(component) + ": " + std::string(message));
}

const char* log_level_name(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "error";
}

LogLevel log_level_named(std::string_view name, LogLevel otherwise) {
  for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
    if (name == log_level_name(level)) return level;
  }
  return otherwise;
}

std::shared_ptr<LogSink> make_stderr_log_sink(LogLevel least) { return std::make_shared<StderrLogSink>(least); }

}  // namespace roundhouse
