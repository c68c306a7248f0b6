// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/meter.h"

#include <algorithm>

namespace roundhouse::jinja {
namespace {

constexpr std::uint64_t steps_between_looks = 4096;  // at the clock

std::size_t distance(const char* a, const char* b) {
  const auto x = reinterpret_cast<std::uintptr_t>(a), y = reinterpret_cast<std::uintptr_t>(b);
  return x > y ? x - y : y - x;
}

}  // namespace

void fail(std::string text) { throw TemplateError{ErrorCode::invalid_argument, std::move(text), 0}; }
void fail_limit(std::string text) { throw TemplateError{ErrorCode::limit, std::move(text), 0}; }
void fail_unsupported(std::string text) { throw TemplateError{ErrorCode::unsupported, std::move(text), 0}; }

Meter::Meter(const Limits& limits)
    : limits_(limits),
      next_look_(std::min(steps_between_looks, limits.steps)),
      stack_base_(static_cast<const char*>(__builtin_frame_address(0))),
      deadline_(std::chrono::steady_clock::now() + limits.time) {}

void Meter::look() {
  if (steps_ > limits_.steps) fail_limit("more than " + std::to_string(limits_.steps) + " steps");
  if (std::chrono::steady_clock::now() > deadline_) {
    fail_limit("more than " + std::to_string(limits_.time.count()) + " ms");
  }
  next_look_ = std::min(steps_ + steps_between_looks, limits_.steps + 1);
}

void Meter::charge(std::size_t bytes) {
  if (bytes > limits_.bytes - bytes_) fail_limit("more than " + std::to_string(limits_.bytes) + " bytes of text and lists");
  bytes_ += bytes;
  step(bytes / 64);
}

void Meter::check_output(std::size_t bytes) const {
  if (bytes > limits_.output_bytes) fail_limit("more than " + std::to_string(limits_.output_bytes) + " bytes of output");
}

void Meter::enter() {
  if (depth_ >= limits_.depth || distance(stack_base_, static_cast<const char*>(__builtin_frame_address(0))) > limits_.stack_bytes) {
    fail_limit("nested more than " + std::to_string(depth_) + " levels deep");
  }
  ++depth_;
}

}  // namespace roundhouse::jinja
