// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "roundhouse/result.h"

namespace roundhouse::cli {

// Before anything else is opened: a standard descriptor that is closed is taken up by the null device, so that no file
// of ours (a database!) becomes standard output. Writing to a descriptor that was closed still fails. Ignores SIGPIPE.
void prepare_standard_streams();

// A descriptor to write to, unbuffered. Any thread, one at a time. Blocks while a reader is slow.
class OutStream {
 public:
  OutStream(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  // After the first failure nothing more is written, and the same failure comes again.
  Status write(std::string_view text);
  // The failure was that nobody reads any more.
  bool reader_gone() const { return reader_gone_; }
  bool is_terminal() const;

 private:
  const int fd_;
  const std::string name_;
  std::optional<Error> failure_;
  bool reader_gone_ = false;
};

// Lines from a descriptor. `wake_fd` is a descriptor that becomes readable when reading is to end (-1: none).
class LineReader {
 public:
  LineReader(int fd, std::string name, int wake_fd) : fd_(fd), name_(std::move(name)), wake_fd_(wake_fd) {}
  // Without its line end. Nothing: the end of the input. `cancelled`: woken; `limit`: a line beyond 64 MiB.
  Result<std::optional<std::string>> line();
  // Everything up to the end; the same bound.
  Result<std::string> all();
  bool is_terminal() const;

 private:
  Result<bool> more();  // false: the end
  const int fd_;
  const std::string name_;
  const int wake_fd_;
  std::string buffer_;
  std::size_t searched_ = 0;
  bool ended_ = false;
};

// `invalid_argument`, naming the byte, unless `text` is UTF-8.
Status require_utf8(const std::string& what, std::string_view text);

// Text of a model or a file on its way to a terminal: control characters except line breaks and tabs become visible
// (U+241B and the like), so that an answer cannot steer the terminal. Incomplete characters must not come.
std::string terminal_safe(std::string_view text);

// A text that begins like "2026-11-24": UTC nanoseconds since 1970, or nothing. "2026-11-24", "2026-11-24T10:11:12", with
// or without a Z at the end; UTC in any case. What 64 bits do not hold is the nearest that they do (the years 1677 and 2262).
std::optional<std::int64_t> parse_utc(const std::string& text);

}  // namespace roundhouse::cli
