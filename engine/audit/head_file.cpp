// SPDX-License-Identifier: Apache-2.0
#include "engine/audit/head_file.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "engine/base/printable.h"
#include "engine/base/regular_file.h"
#include "engine/base/sha256.h"
#include "engine/base/system_error.h"

namespace roundhouse::audit {
namespace {

constexpr std::size_t largest_head_bytes = 4096;

// A folder, a pipe or a link in the place of one of the log's files is no argument of our caller's.
Error refusal(Error error) {
  if (error.code == ErrorCode::invalid_argument) error.code = ErrorCode::io;
  return error;
}

Result<std::optional<AuditHead>> read_head(const std::filesystem::path& path) {
  constexpr const char* operation = "read the head of the audit log";
  const auto file = open_regular_file(operation, path.string(), O_RDONLY);
  if (!file.ok()) {
    if (file.error().code == ErrorCode::not_found) return std::optional<AuditHead>{};
    return refusal(file.error());
  }
  std::string text(largest_head_bytes, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file->fd.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(operation, path.string(), errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_object() && json.value("format", nlohmann::json()) == "roundhouse-audit-head-1") {
    const auto sequence = json.find("sequence");
    const auto hash = json.find("hash");
    if (sequence != json.end() && sequence->is_number_integer() && sequence->get<std::int64_t>() >= 0 && hash != json.end() && hash->is_string()) {
      if (const auto digest = sha256_from_hex(hash->get<std::string>()))
        return std::optional<AuditHead>(AuditHead{sequence->get<std::int64_t>(), *digest});
    }
  }
  return Error{ErrorCode::malformed, operation, path.string(),
               "the last entry's sequence and hash", printable(text)};
}

Status sync_folder(const std::filesystem::path& folder) {
  const UniqueFd fd(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0)
    return system_error("write the head of the audit log", folder.string(), errno);
  return Ok{};
}

// Without O_CREAT: no descriptor where the file is not there or may not be opened.
Result<UniqueFd> open_lock(const std::filesystem::path& path, int flags) {
  auto file = open_regular_file("lock the audit log", path.string(), flags, 0600);
  if (file.ok()) return std::move(file->fd);
  const bool no_file = file.error().code == ErrorCode::invalid_argument;
  if ((flags & O_CREAT) == 0 && !no_file) return UniqueFd();
  return refusal(file.error());
}

using Deadline = std::chrono::steady_clock::time_point;

// False when `end` passed while another program held it.
Result<bool> wait_for_lock(int fd, const std::filesystem::path& path, Deadline end) {
  for (auto pause = std::chrono::microseconds(200);; pause = std::min(pause * 2, std::chrono::microseconds(5000))) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) return system_error("lock the audit log", path.string(), errno);
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(pause);
  }
}

// Through the turnstile, then to the lock. Whoever waits for the lock holds the turnstile, so a program that writes
// without a pause cannot take the lock again before it.
Status wait_in_turn(int fd, const std::filesystem::path& path, int flags, int timeout_ms) {
  const Deadline end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  std::filesystem::path turnstile_path = path;
  turnstile_path += ".turnstile";
  RH_ASSIGN(const UniqueFd turnstile, open_lock(turnstile_path, flags));
  bool entered = true;
  if (turnstile) {
    RH_ASSIGN(entered, wait_for_lock(turnstile.get(), turnstile_path, end));
  }
  if (entered) {
    RH_ASSIGN(entered, wait_for_lock(fd, path, end));
  }
  if (entered) return Ok{};
  return Error{ErrorCode::conflict, "lock the audit log", path.string(),
               "its lock within " + std::to_string(timeout_ms) + " ms", "held by another program"};
}

}  // namespace

HeadFile::HeadFile(std::filesystem::path path) : path_(std::move(path)), next_(path_) { next_ += ".next"; }

Result<std::optional<AuditHead>> HeadFile::recorded() const { return read_head(path_); }
Result<std::optional<AuditHead>> HeadFile::pending() const { return read_head(next_); }

Status HeadFile::write_pending(const AuditHead& head) const {
  const std::string text = "{\"format\":\"roundhouse-audit-head-1\",\"sequence\":" + std::to_string(head.sequence) +
                           ",\"hash\":\"" + to_hex(head.hash) + "\"}\n";
  // An old pending file may be all there is to tell about the last commit, so it is never truncated in place. The draft's
  // name is fixed (the log's lock is held): however often a program is killed here, one draft is left at most.
  std::filesystem::path draft = next_;
  draft += ".new";
  constexpr const char* operation = "write the head of the audit log";
  auto opened = open_regular_file(operation, draft.string(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  if (!opened.ok()) return refusal(opened.error());
  const UniqueFd fd = std::move(opened->fd);
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t wrote = ::write(fd.get(), text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return system_error(operation, draft.string(), errno);
    done += static_cast<std::size_t>(wrote);
  }
  if (::fsync(fd.get()) != 0) return system_error(operation, draft.string(), errno);
  if (std::rename(draft.c_str(), next_.c_str()) != 0) return system_error(operation, next_.string(), errno);
  return sync_folder(path_.parent_path());
}

Status HeadFile::promote_pending() const {
  if (std::rename(next_.c_str(), path_.c_str()) != 0)
    return system_error("write the head of the audit log", path_.string(), errno);
  return Ok{};
}

Result<LogLock> LogLock::acquire(const std::filesystem::path& path, int timeout_ms) {
  constexpr int flags = O_RDWR | O_CREAT | O_NOFOLLOW;
  RH_ASSIGN(UniqueFd fd, open_lock(path, flags));
  RH_TRY(wait_in_turn(fd.get(), path, flags, timeout_ms));
  return LogLock(std::move(fd));
}

Result<LogLock> LogLock::acquire_existing(const std::filesystem::path& path, int timeout_ms) {
  constexpr int flags = O_RDONLY;
  RH_ASSIGN(UniqueFd fd, open_lock(path, flags));
  if (fd) RH_TRY(wait_in_turn(fd.get(), path, flags, timeout_ms));
  return LogLock(std::move(fd));
}

}  // namespace roundhouse::audit
