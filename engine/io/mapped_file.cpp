// SPDX-License-Identifier: Apache-2.0
#include "engine/io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "engine/base/regular_file.h"
#include "engine/base/system_error.h"

namespace roundhouse {
namespace {

std::int64_t modification_ns(const struct stat& info) {
  return static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::string& path) {
  const char* const operation = "open file";
  MappedFile file;
  file.path_ = path;
  RH_ASSIGN(OpenFile opened, open_regular_file(operation, path, O_RDONLY, 0, "a readable file"));
  const struct stat& info = opened.info;
  file.fd_ = std::move(opened.fd);
  if (info.st_size == 0) return Error{ErrorCode::malformed, operation, path, "a file with content", "an empty file"};
  file.size_ = static_cast<std::size_t>(info.st_size);
  file.modified_ns_ = modification_ns(info);
  void* const address = ::mmap(nullptr, file.size_, PROT_READ, MAP_PRIVATE, file.fd_.get(), 0);
  if (address == MAP_FAILED) {
    return system_error("map file", path, errno, std::to_string(file.size_) + " bytes of address space");
  }
  file.data_ = static_cast<const std::byte*>(address);
  file.guard_ = SigbusGuard(address, file.size_);
  return file;
}

MappedFile::~MappedFile() { unmap(); }

void MappedFile::unmap() {
  guard_ = SigbusGuard();
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
  data_ = nullptr;
}

MappedFile::MappedFile(MappedFile&& other) noexcept { *this = std::move(other); }

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  if (this == &other) return *this;
  unmap();
  path_ = std::move(other.path_);
  fd_ = std::move(other.fd_);
  data_ = std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  modified_ns_ = other.modified_ns_;
  guard_ = std::move(other.guard_);
  return *this;
}

Status MappedFile::verify_unchanged() const {
  const char* const operation = "verify file";
  struct stat info {};
  if (::fstat(fd_.get(), &info) != 0) return system_error(operation, path_, errno);
  if (info.st_size != static_cast<off_t>(size_)) {
    return Error{ErrorCode::conflict, operation, path_, std::to_string(size_) + " bytes as when it was opened",
                 std::to_string(info.st_size) + " bytes: another program changed it"};
  }
  if (modification_ns(info) != modified_ns_) {
    return Error{ErrorCode::conflict, operation, path_, "the content of when it was opened", "a later modification by another program"};
  }
  if (guard_.poisoned()) {
    return Error{ErrorCode::io, operation, path_, "readable content", "a page that the disk could not deliver"};
  }
  return Ok{};
}

}  // namespace roundhouse
