// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/streams.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <limits>

#include "app/cli/argument_error.h"
#include "plugins/host/text.h"

namespace roundhouse::cli {
namespace {

constexpr std::size_t input_limit_bytes = 64 << 20;

}  // namespace

void prepare_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free descriptor is this one. For output it is opened for reading only: writes fail as before.
    (void)::open("/dev/null", O_RDONLY);
  }
  std::signal(SIGPIPE, SIG_IGN);
}

Status OutStream::write(std::string_view text) {
  while (!failure_ && !text.empty()) {
    const ssize_t wrote = ::write(fd_, text.data(), text.size());
    if (wrote >= 0) {
      text.remove_prefix(static_cast<std::size_t>(wrote));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd wait{fd_, POLLOUT, 0};  // someone made it non-blocking
      ::poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      reader_gone_ = errno == EPIPE;
      failure_ = Error{ErrorCode::io, "write", name_, {}, errno == EBADF ? "it is closed" : std::strerror(errno)};
    }
  }
  if (failure_) return *failure_;
  return Ok{};
}

bool OutStream::is_terminal() const { return ::isatty(fd_) == 1; }

bool LineReader::is_terminal() const { return ::isatty(fd_) == 1; }

Result<bool> LineReader::more() {
  for (;;) {
    pollfd waits[2] = {{fd_, POLLIN, 0}, {wake_fd_, POLLIN, 0}};
    if (::poll(waits, wake_fd_ >= 0 ? 2 : 1, -1) < 0) {
      if (errno == EINTR) continue;
      return Error{ErrorCode::io, "read", name_, {}, std::strerror(errno)};
    }
    if (wake_fd_ >= 0 && waits[1].revents != 0) return Error{ErrorCode::cancelled, "read", name_, {}, "interrupted"};
    char block[64 * 1024];
    const ssize_t got = ::read(fd_, block, sizeof block);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return Error{ErrorCode::io, "read", name_, {}, std::strerror(errno)};
    if (got == 0) return false;
    buffer_.append(block, static_cast<std::size_t>(got));
    if (buffer_.size() > input_limit_bytes) {
      return Error{ErrorCode::limit, "read", name_, fmt::format("at most {} MiB", input_limit_bytes >> 20), "more"};
    }
    return true;
  }
}

Result<std::optional<std::string>> LineReader::line() {
  for (;;) {
    const std::size_t end = buffer_.find('\n', searched_);
    if (end != std::string::npos || (ended_ && !buffer_.empty())) {
      std::string found = buffer_.substr(0, end);
      buffer_.erase(0, end == std::string::npos ? end : end + 1);
      searched_ = 0;
      if (!found.empty() && found.back() == '\r') found.pop_back();
      return std::optional(std::move(found));
    }
    if (ended_) return std::optional<std::string>();
    searched_ = buffer_.size();
    RH_ASSIGN(const bool got, more());
    ended_ = !got;
  }
}

Result<std::string> LineReader::all() {
  while (!ended_) {
    RH_ASSIGN(const bool got, more());
    ended_ = !got;
  }
  return std::exchange(buffer_, {});
}

Status require_utf8(const std::string& what, std::string_view text) {
  const std::size_t bad = plugins::invalid_utf8(text);
  if (bad == std::string_view::npos) return Ok{};
  return Error{ErrorCode::invalid_argument, read_argument, what, "UTF-8",
               fmt::format("byte 0x{:02x} at offset {}", static_cast<unsigned char>(text[bad]), bad)};
}

std::string terminal_safe(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (c == 0x7F) {
      safe += "␡";
    } else if (c < 0x20 && c != '\n' && c != '\t') {
      safe += "\xe2\x90";  // U+2400 + c
      safe += static_cast<char>(0x80 + c);
    } else if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      safe += "\xef\xbf\xbd";  // C1 controls: U+FFFD
      ++i;
    } else {
      safe += text[i];
    }
  }
  return safe;
}

std::optional<std::int64_t> parse_utc(const std::string& text) {
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"}) {
    std::tm time{};
    const char* end = ::strptime(text.c_str(), format, &time);
    if (!end || !(*end == 0 || (*end == 'Z' && end[1] == 0))) continue;
    const std::tm asked = time;
    const std::time_t seconds = ::timegm(&time);
    // timegm() makes 3 March of 31 February.
    if (time.tm_mday != asked.tm_mday || time.tm_mon != asked.tm_mon) return {};
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;
    return std::clamp(std::int64_t{seconds}, -most, most) * 1'000'000'000;
  }
  return {};
}

}  // namespace roundhouse::cli
