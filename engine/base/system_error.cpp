// SPDX-License-Identifier: Apache-2.0
#include "engine/base/system_error.h"

#include <cerrno>
#include <system_error>

namespace roundhouse {

Error system_error(std::string operation, std::string object, int errno_value, std::string expected) {
  Error error{ErrorCode::io, std::move(operation), std::move(object), std::move(expected), {}};
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
      error.code = ErrorCode::not_found;
      error.received = "no such file or folder";
      return error;
    case ENOMEM: error.code = ErrorCode::out_of_memory; break;
    case EBUSY:
    case ETXTBSY:
    case EWOULDBLOCK: error.code = ErrorCode::conflict; break;
    case EACCES:
    case EPERM: error.received = "permission denied"; return error;
    case EROFS: error.received = "a read-only file system"; return error;
    case ENOSPC:
    case EDQUOT: error.received = "no space left on the disk"; return error;
    case EFBIG: error.received = "a file larger than the limit of this process or file system"; return error;
    case EMFILE:
    case ENFILE: error.received = "too many open files"; return error;
    default: break;
  }
  error.received = std::generic_category().message(errno_value);
  return error;
}

}  // namespace roundhouse
