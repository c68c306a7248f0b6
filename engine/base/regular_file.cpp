// SPDX-License-Identifier: Apache-2.0
#include "engine/base/regular_file.h"

#include <fcntl.h>

#include <cerrno>

#include "engine/base/system_error.h"

namespace roundhouse {

Result<OpenFile> open_regular_file(const std::string& operation, const std::string& path, int flags, mode_t mode,
                                   const std::string& expected) {
  const auto other = [&](const char* found) {
    return Error{ErrorCode::invalid_argument, operation, path, "a regular file", found};
  };
  OpenFile file;
  // O_NONBLOCK: a named pipe without somebody at its other end would hold us up.
  file.fd = UniqueFd(::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK, mode));
  if (!file.fd) {
    const int error = errno;
    if (error == EISDIR) return other("a folder");
    if (error == ENXIO) return other("a special file");  // a pipe or a socket, opened for writing
    if (error == ELOOP && (flags & O_NOFOLLOW) != 0) return other("a symbolic link");
    return system_error(operation, path, error, expected);
  }
  if (::fstat(file.fd.get(), &file.info) != 0) return system_error(operation, path, errno);
  if (!S_ISREG(file.info.st_mode)) return other(S_ISDIR(file.info.st_mode) ? "a folder" : "a special file");
  return file;
}

}  // namespace roundhouse
