// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "engine/base/unique_fd.h"
#include "engine/io/sigbus_guard.h"
#include "roundhouse/result.h"

namespace roundhouse {

// A whole regular file, read-only in memory. Owns mapping and descriptor; bytes() is valid as long as this
// lives, also after a move. Const members may be called from any thread.
//
// The bytes are the file's: another process that overwrites the file changes them, and one that shortens it
// leaves zeros behind (see SigbusGuard). So a step that computes from them calls verify_unchanged() before
// its result is believed. Replacing a file by renaming another over it is harmless: the mapping keeps the old one.
class MappedFile {
 public:
  // Fails for what is missing, a folder, a special file, empty or not readable; the error says which.
  static Result<MappedFile> open(const std::string& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::int64_t size_bytes() const { return static_cast<std::int64_t>(size_); }
  const std::string& path() const { return path_; }

  // Whether the file still has the size and modification time of open(), and no page of it failed.
  // One fstat (under a microsecond). Code conflict: changed by someone; io: the disk failed.
  Status verify_unchanged() const;

 private:
  MappedFile() = default;
  void unmap();

  std::string path_;
  UniqueFd fd_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::int64_t modified_ns_ = 0;
  SigbusGuard guard_;
};

}  // namespace roundhouse
