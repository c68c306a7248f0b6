// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "roundhouse/result.h"

namespace roundhouse::plugins {

// Reads a regular file (never a pipe or device: those would block). What lies beyond `limit_bytes` is not read.
Result<std::string> read_file(const std::filesystem::path& file, std::size_t limit_bytes, const std::string& operation);

// Writes beside the file, then replaces it: readers see the old or the new content, also after a crash.
Status write_file(const std::filesystem::path& file, std::string_view bytes, const std::string& operation);

// What tells whether a file changed without reading it.
struct FileStamp {
  std::uint64_t device = 0, inode = 0;
  std::int64_t size_bytes = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;
  bool operator==(const FileStamp&) const = default;
};
Result<FileStamp> file_stamp(const std::filesystem::path& file, const std::string& operation);

// SHA-256 of a regular file in hex; reads all of it.
Result<std::string> file_sha256(const std::filesystem::path& file, const std::string& operation);

// Held while it lives: one program at a time changes the files it stands for. Waits at most five seconds.
class FileLock {
 public:
  static Result<FileLock> acquire(const std::filesystem::path& file);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace roundhouse::plugins
