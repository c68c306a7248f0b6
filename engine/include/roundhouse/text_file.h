// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "roundhouse/result.h"

namespace roundhouse {

// The whole of a regular file of at most `limit_bytes`; for small text files (an empty one is an empty string). What is
// none (a folder, a pipe, a device) is an `invalid_argument` and is not waited for. Any thread; blocks on the disk.
Result<std::string> read_text_file(const std::string& path, std::size_t limit_bytes);

}  // namespace roundhouse
