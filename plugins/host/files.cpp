// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>

namespace roundhouse::plugins {
namespace {

Error system_failure(const std::string& operation, const std::filesystem::path& file, int number) {
  const ErrorCode code = number == ENOENT || number == ENOTDIR ? ErrorCode::not_found : ErrorCode::io;
  return Error{code, operation, file.string(), {}, std::strerror(number)};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  int get() const { return fd_; }

 private:
  int fd_;
};

// O_NONBLOCK: a pipe in a file's place must not hold us up before fstat() tells what it is.
Result<Descriptor> open_regular(const std::filesystem::path& file, const std::string& operation, struct stat& status) {
  Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0 || ::fstat(descriptor.get(), &status) != 0) return system_failure(operation, file, errno);
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::invalid_argument, operation, file.string(), "a regular file", "something else"};
  return descriptor;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& file, std::size_t limit_bytes, const std::string& operation) {
  struct stat status {};
  RH_ASSIGN(const Descriptor descriptor, open_regular(file, operation, status));
  std::string bytes;
  char buffer[16 * 1024];
  while (bytes.size() < limit_bytes) {
    const ssize_t got = ::read(descriptor.get(), buffer, std::min(sizeof buffer, limit_bytes - bytes.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure(operation, file, errno);
    if (got == 0) break;
    bytes.append(buffer, static_cast<std::size_t>(got));
  }
  return bytes;
}

Status write_file(const std::filesystem::path& file, std::string_view bytes, const std::string& operation) {
  std::string temporary = file.string() + ".XXXXXX";
  Descriptor descriptor(::mkostemp(temporary.data(), O_CLOEXEC));
  if (descriptor.get() < 0) return system_failure(operation, temporary, errno);
  const auto fail = [&](int number) {
    ::unlink(temporary.c_str());
    return system_failure(operation, file, number);
  };
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(descriptor.get(), bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return fail(errno);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  if (::fsync(descriptor.get()) != 0) return fail(errno);
  if (::rename(temporary.c_str(), file.c_str()) != 0) return fail(errno);
  return Ok{};
}

Result<FileStamp> file_stamp(const std::filesystem::path& file, const std::string& operation) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return system_failure(operation, file, errno);
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::invalid_argument, operation, file.string(), "a regular file", "something else"};
  const auto ns = [](const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; };
  return FileStamp{status.st_dev, status.st_ino, status.st_size, ns(status.st_mtim), ns(status.st_ctim)};
}

Result<std::string> file_sha256(const std::filesystem::path& file, const std::string& operation) {
  struct stat status {};
  RH_ASSIGN(const Descriptor descriptor, open_regular(file, operation, status));
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const auto library = [&] { return Error{ErrorCode::out_of_memory, operation, file.string(), "a SHA-256 digest", "a failure of OpenSSL"}; };
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) return library();
  const std::unique_ptr<char[]> buffer(new char[256 * 1024]);
  for (;;) {
    const ssize_t got = ::read(descriptor.get(), buffer.get(), 256 * 1024);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure(operation, file, errno);
    if (got == 0) break;
    if (EVP_DigestUpdate(context.get(), buffer.get(), static_cast<std::size_t>(got)) != 1) return library();
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_DigestFinal_ex(context.get(), digest, &length) != 1) return library();
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    hex += digits[digest[i] >> 4];
    hex += digits[digest[i] & 15];
  }
  return hex;
}

Result<FileLock> FileLock::acquire(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return system_failure("lock", file, errno);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int number = errno;
    if (number != EWOULDBLOCK && number != EINTR) {
      ::close(fd);
      return system_failure("lock", file, number);
    }
    if (std::chrono::steady_clock::now() > deadline) {
      ::close(fd);
      return Error{ErrorCode::conflict, "lock", file.string(), "another program to release it within 5 s", "still held"};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return FileLock(fd);
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

}  // namespace roundhouse::plugins
