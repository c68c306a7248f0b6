// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/atomic_file.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "engine/base/system_error.h"
#include "engine/base/unique_fd.h"

namespace roundhouse {
namespace {

constexpr std::size_t buffer_bytes = 1 << 20;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

struct AtomicFile::Impl {
  std::string path;       // where it will be, links resolved
  std::string temporary;  // empty: committed
  UniqueFd fd;
  std::vector<std::byte> buffer;
  std::uint64_t written = 0;
  int failed_errno = 0;

  Impl() = default;
  ~Impl() {
    if (!temporary.empty()) ::unlink(temporary.c_str());
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status fail(int errno_value) {
    failed_errno = errno_value;
    return system_error("write file", path, errno_value);
  }

  Status flush() {
    std::span<const std::byte> rest(buffer);
    while (!rest.empty()) {
      const ssize_t count = ::write(fd.get(), rest.data(), rest.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return fail(errno);
      rest = rest.subspan(static_cast<std::size_t>(count));
    }
    buffer.clear();
    return Ok{};
  }
};

AtomicFile::AtomicFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AtomicFile::~AtomicFile() = default;
AtomicFile::AtomicFile(AtomicFile&& other) noexcept = default;
AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept = default;
std::uint64_t AtomicFile::written_bytes() const { return impl_->written; }

Result<AtomicFile> AtomicFile::create(const std::string& path, FileAccess access) {
  const char* const operation = "create file";
  auto file = std::make_unique<Impl>();
  file->path = path;
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  if (resolved) file->path = resolved.get();
  struct stat existing {};
  const bool replaces = ::stat(file->path.c_str(), &existing) == 0;
  if (replaces && !S_ISREG(existing.st_mode)) {
    return Error{ErrorCode::invalid_argument, operation, path, "a regular file to replace", S_ISDIR(existing.st_mode) ? "a folder" : "a special file"};
  }
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::uint64_t random = 0;
    if (::getrandom(&random, sizeof random, 0) != sizeof random) return system_error(operation, path, errno);
    char suffix[32];
    std::snprintf(suffix, sizeof suffix, ".%016llx.part", static_cast<unsigned long long>(random));
    std::string temporary = file->path + suffix;
    const mode_t mode = access == FileAccess::owner_only ? 0600 : 0666;
    file->fd = UniqueFd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (file->fd) {
      file->temporary = std::move(temporary);
      break;
    }
    if (errno != EEXIST) return system_error(operation, path, errno, "a writable folder");
  }
  if (!file->fd) return Error{ErrorCode::conflict, operation, path, "a free temporary name", "none in 100 attempts"};
  if (replaces && ::fchmod(file->fd.get(), existing.st_mode & 07777) != 0) return system_error(operation, path, errno);
  file->buffer.reserve(buffer_bytes);
  return AtomicFile(std::move(file));
}

Status AtomicFile::write(std::span<const std::byte> bytes) {
  Impl& file = *impl_;
  if (file.failed_errno != 0) return file.fail(file.failed_errno);
  file.written += bytes.size();
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), buffer_bytes - file.buffer.size());
    file.buffer.insert(file.buffer.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (file.buffer.size() == buffer_bytes) RH_TRY(file.flush());
  }
  return Ok{};
}

Status AtomicFile::write(std::string_view bytes) { return write(std::as_bytes(std::span(bytes.data(), bytes.size()))); }

Status AtomicFile::sync() {
  Impl& file = *impl_;
  if (file.failed_errno != 0) return file.fail(file.failed_errno);
  RH_TRY(file.flush());
  if (::fsync(file.fd.get()) != 0) return file.fail(errno);
  return Ok{};
}

Status AtomicFile::commit() {
  Impl& file = *impl_;
  if (file.failed_errno == 0 && file.temporary.empty()) return Error{ErrorCode::internal, "write file", file.path, "one commit", "a second one"};
  RH_TRY(sync());
  if (::rename(file.temporary.c_str(), file.path.c_str()) != 0) return file.fail(errno);
  file.temporary.clear();
  file.fd.reset();
  // The name is durable once its folder is. Some file systems cannot sync a folder (EINVAL): nothing to do then.
  const UniqueFd folder(::open(folder_of(file.path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder && ::fsync(folder.get()) != 0 && errno != EINVAL) return file.fail(errno);
  return Ok{};
}

Status write_file_atomically(const std::string& path, std::string_view content) {
  RH_ASSIGN(AtomicFile file, AtomicFile::create(path));
  RH_TRY(file.write(content));
  return file.commit();
}

}  // namespace roundhouse
