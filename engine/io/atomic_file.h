// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/unique_fd.h"
#include "roundhouse/result.h"

namespace roundhouse {

// Writes a file so that its path shows either the old content or all of the new: into a temporary file beside
// it, then flushed to the disk and renamed. Without commit() the temporary file is removed and nothing has
// happened. A symbolic link is followed; permissions of a replaced file are kept. One thread at a time; blocks.
class AtomicFile {
 public:
  static Result<AtomicFile> create(const std::string& path);
  ~AtomicFile();
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;

  // Appends. After a failure (full disk, …) the same error comes from every later call.
  Status write(std::span<const std::byte> bytes);
  Status write(std::string_view bytes);
  std::uint64_t written_bytes() const { return written_; }

  // Last call: on success the file stands at its path, durable.
  Status commit();

 private:
  AtomicFile() = default;
  Status flush();
  Status fail(int errno_value);

  std::string path_;       // where it will be, links resolved
  std::string temporary_;  // empty: committed or moved from
  UniqueFd fd_;
  std::vector<std::byte> buffer_;
  std::uint64_t written_ = 0;
  int failed_errno_ = 0;
};

// The whole of `content` in one step.
Status write_file_atomically(const std::string& path, std::string_view content);

}  // namespace roundhouse
