// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <system_error>

namespace roundhouse::audit {

// `path` as it is where the working directory cannot be told (deleted): opening it then says so.
inline std::filesystem::path absolute_path(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::path absolute = std::filesystem::absolute(path, failed);
  return failed ? path : absolute;
}

}  // namespace roundhouse::audit
