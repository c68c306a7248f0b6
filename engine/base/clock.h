// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace roundhouse {

// Where the engine gets the time, so that tests can set it. Implementations are usable from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t monotonic_ns() const = 0;  // never goes back; origin unspecified
  virtual std::int64_t unix_ms() const = 0;       // UTC, milliseconds since 1970; may jump
};

class SystemClock final : public Clock {
 public:
  std::int64_t monotonic_ns() const override;
  std::int64_t unix_ms() const override;
};

// Stands still until told otherwise.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t unix_ms = 0) : unix_ns_(unix_ms * 1'000'000) {}
  std::int64_t monotonic_ns() const override { return monotonic_ns_.load(); }
  std::int64_t unix_ms() const override { return unix_ns_.load() / 1'000'000; }
  void advance_ns(std::int64_t ns) {
    monotonic_ns_ += ns;
    unix_ns_ += ns;
  }

 private:
  std::atomic<std::int64_t> monotonic_ns_{0};
  std::atomic<std::int64_t> unix_ns_;
};

}  // namespace roundhouse
