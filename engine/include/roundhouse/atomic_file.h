// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "roundhouse/result.h"

namespace roundhouse {

// Who may read a new file. A file that is replaced keeps its permissions.
enum class FileAccess { by_umask, owner_only };

// Writes a file so that its path shows either the old content or all of the new: into a temporary file of an
// unpredictable name beside it, then flushed to the disk and renamed. Without commit() the temporary file is removed and
// nothing has happened. A symbolic link to a file is followed; one to
// nothing is replaced. One thread at a time; blocks.
class AtomicFile {
 public:
  static Result<AtomicFile> create(const std::string& path, FileAccess access = FileAccess::by_umask);
  ~AtomicFile();
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;  // a file that is not committed is given up

  // Appends. After a failure (full disk, …) the same error comes from every later call.
  Status write(std::span<const std::byte> bytes);
  Status write(std::string_view bytes);
  std::uint64_t written_bytes() const;

  // On success all that was written is on the disk, still under the temporary name.
  Status sync();
  // Last call (it syncs): on success the file stands at its path, durable.
  Status commit();

 private:
  struct Impl;
  explicit AtomicFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The whole of `content` in one step.
Status write_file_atomically(const std::string& path, std::string_view content);

}  // namespace roundhouse
