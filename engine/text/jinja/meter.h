// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "roundhouse/result.h"

namespace roundhouse::jinja {

// Thrown inside the interpreter only; Template turns it into an Error. `text` is what Python's jinja2 would say, where
// it has a sentence for the case.
struct TemplateError {
  ErrorCode code = ErrorCode::invalid_argument;
  std::string text;
  int line = 0;  // of the template, 0: unknown
};

[[noreturn]] void fail(std::string text);                       // the template or its input does not fit
[[noreturn]] void fail_limit(std::string text);                 // a bound was reached
[[noreturn]] void fail_unsupported(std::string text);

// What one rendering may use. Real templates stay a hundred times below.
struct Limits {
  std::uint64_t steps = 20'000'000;               // evaluated nodes, visited elements
  std::uint64_t bytes = std::uint64_t{512} << 20;  // of all strings and lists made, dead ones too
  std::size_t output_bytes = std::size_t{64} << 20;
  std::size_t depth = 800;                        // nested evaluation: expressions, loops, macro calls
  std::size_t stack_bytes = std::size_t{3} << 20;
  std::chrono::milliseconds time{10'000};
};

// Values nest no deeper: everything that walks them recursively relies on it.
inline constexpr std::uint16_t max_value_depth = 100;

// Counts against Limits while one template is rendered.
class Meter {
 public:
  explicit Meter(const Limits& limits);

  void step(std::uint64_t count = 1) {
    steps_ += count;
    if (steps_ >= next_look_) look();
  }
  // Before `bytes` of memory are taken; copying and comparing also count as steps.
  void charge(std::size_t bytes);
  void check_output(std::size_t bytes) const;

  // One level of nested evaluation.
  class Depth {
   public:
    explicit Depth(Meter& meter) : meter_(meter) { meter_.enter(); }
    ~Depth() { --meter_.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

   private:
    Meter& meter_;
  };

 private:
  void enter();
  void look();

  Limits limits_;
  std::uint64_t steps_ = 0, next_look_ = 0, bytes_ = 0;
  std::size_t depth_ = 0;
  const char* stack_base_;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace roundhouse::jinja
