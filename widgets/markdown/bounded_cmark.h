// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmark-gfm.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

namespace roundhouse::widgets {

enum class CmarkOutcome { Parsed, OutOfTime, OutOfMemory };

// A cmark-gfm parse with tables, strikethrough, task lists and autolinks whose memory lives in an arena with a budget
// and whose time is checked at every allocation: beyond either the parse is abandoned and all memory returned. Literals,
// addresses and info strings may be read as long as the object lives; nothing else may be asked that allocates. cmark-gfm keeps process-wide tables while it parses, so parses take turns on a lock.
class BoundedCmark {
 public:
  BoundedCmark(std::string_view utf8, std::chrono::milliseconds time, std::size_t memory_bytes);
  ~BoundedCmark();
  BoundedCmark(const BoundedCmark&) = delete;
  BoundedCmark& operator=(const BoundedCmark&) = delete;

  CmarkOutcome outcome() const { return outcome_; }
  // Over the whole tree, before its first event; null unless Parsed. It and the tree belong to this object.
  cmark_iter* iterator() const { return iter_; }

  class Arena;

 private:
  std::unique_ptr<Arena> arena_;
  cmark_iter* iter_ = nullptr;
  CmarkOutcome outcome_ = CmarkOutcome::Parsed;
};

}  // namespace roundhouse::widgets
