// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "engine/base/unique_fd.h"
#include "roundhouse/audit.h"
#include "roundhouse/result.h"

namespace roundhouse::audit {

// The chain's head outside the database. Before a transaction commits, the head that it will have is written to
// `<head>.next` and made durable; after the commit that file is renamed over `<head>`. So `<head>` may lag behind the
// database, never lead it, and whatever the database holds beyond `<head>` must be exactly what `<head>.next` says.
class HeadFile {
 public:
  explicit HeadFile(std::filesystem::path path);

  // Nothing: the file is not there. `malformed`: it is, but holds no head.
  Result<std::optional<AuditHead>> recorded() const;
  Result<std::optional<AuditHead>> pending() const;

  Status write_pending(const AuditHead& head) const;  // durable on return
  Status promote_pending() const;

  const std::filesystem::path& path() const { return path_; }
  const std::filesystem::path& pending_path() const { return next_; }

 private:
  std::filesystem::path path_, next_;
};

// Orders the programs that write one log: database and head change under it together.
class LogLock {
 public:
  static Result<LogLock> acquire(const std::filesystem::path& path, int timeout_ms);
  // For readers: holds nothing when there is no lock file (then no program writes) or it cannot be opened.
  static Result<LogLock> acquire_existing(const std::filesystem::path& path, int timeout_ms);
  void release() { fd_.reset(); }

 private:
  explicit LogLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace roundhouse::audit
