// SPDX-License-Identifier: Apache-2.0
#include "engine/io/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

#include "engine/base/system_error.h"

namespace roundhouse {
namespace {

constexpr std::size_t buffer_bytes = 1 << 20;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<AtomicFile> AtomicFile::create(const std::string& path) {
  const char* const operation = "create file";
  AtomicFile file;
  file.path_ = path;
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  if (resolved) file.path_ = resolved.get();
  struct stat existing {};
  const bool replaces = ::stat(file.path_.c_str(), &existing) == 0;
  if (replaces && !S_ISREG(existing.st_mode)) {
    return Error{ErrorCode::invalid_argument, operation, path, "a regular file to replace", S_ISDIR(existing.st_mode) ? "a folder" : "a special file"};
  }
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::uint64_t random = 0;
    if (::getrandom(&random, sizeof random, 0) != sizeof random) return system_error(operation, path, errno);
    std::string temporary = fmt::format("{}.{:016x}.part", file.path_, random);
    file.fd_ = UniqueFd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file.fd_) {
      file.temporary_ = std::move(temporary);
      break;
    }
    if (errno != EEXIST) return system_error(operation, path, errno, "a writable folder");
  }
  if (!file.fd_) return Error{ErrorCode::conflict, operation, path, "a free temporary name", "none in 100 attempts"};
  if (replaces && ::fchmod(file.fd_.get(), existing.st_mode & 07777) != 0) return system_error(operation, path, errno);
  file.buffer_.reserve(buffer_bytes);
  return file;
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, {})), fd_(std::move(other.fd_)),
      buffer_(std::move(other.buffer_)), written_(other.written_), failed_errno_(other.failed_errno_) {}

Status AtomicFile::fail(int errno_value) {
  failed_errno_ = errno_value;
  return system_error("write file", path_, errno_value);
}

Status AtomicFile::flush() {
  std::span<const std::byte> rest(buffer_);
  while (!rest.empty()) {
    const ssize_t count = ::write(fd_.get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(errno);
    rest = rest.subspan(static_cast<std::size_t>(count));
  }
  buffer_.clear();
  return Ok{};
}

Status AtomicFile::write(std::span<const std::byte> bytes) {
  if (failed_errno_ != 0) return fail(failed_errno_);
  written_ += bytes.size();
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), buffer_bytes - buffer_.size());
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (buffer_.size() == buffer_bytes) RH_TRY(flush());
  }
  return Ok{};
}

Status AtomicFile::write(std::string_view bytes) { return write(std::as_bytes(std::span(bytes.data(), bytes.size()))); }

Status AtomicFile::commit() {
  if (failed_errno_ != 0) return fail(failed_errno_);
  if (temporary_.empty()) return Error{ErrorCode::internal, "write file", path_, "one commit", "a second one"};
  RH_TRY(flush());
  if (::fsync(fd_.get()) != 0) return fail(errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return fail(errno);
  temporary_.clear();
  fd_.reset();
  // The name is durable once its folder is. Some file systems cannot sync a folder (EINVAL): nothing to do then.
  const UniqueFd folder(::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder && ::fsync(folder.get()) != 0 && errno != EINVAL) return fail(errno);
  return Ok{};
}

Status write_file_atomically(const std::string& path, std::string_view content) {
  RH_ASSIGN(AtomicFile file, AtomicFile::create(path));
  RH_TRY(file.write(content));
  return file.commit();
}

}  // namespace roundhouse
