// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <string>

#include "engine/base/unique_fd.h"
#include "roundhouse/result.h"

namespace roundhouse {

struct OpenFile {
  UniqueFd fd;
  struct stat info {};
};

// Opens a regular file with open()'s flags and mode. What is none (a folder, a pipe, a device; with O_NOFOLLOW a symbolic
// link) is an `invalid_argument` that says so, and is never waited for. `expected` is what errors of the system say was
// wanted. Any thread.
Result<OpenFile> open_regular_file(const std::string& operation, const std::string& path, int flags, mode_t mode = 0,
                                   const std::string& expected = {});

}  // namespace roundhouse
