// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "engine/base/regular_file.h"
#include "engine/base/system_error.h"

namespace roundhouse {

Result<std::string> read_text_file(const std::string& path, std::size_t limit_bytes) {
  const char* const operation = "read file";
  RH_ASSIGN(const OpenFile file, open_regular_file(operation, path, O_RDONLY, 0, "a readable file"));
  const auto too_long = [&](std::uint64_t size) {
    return Error{ErrorCode::limit, operation, path, "at most " + std::to_string(limit_bytes) + " bytes", std::to_string(size)};
  };
  if (static_cast<std::uint64_t>(file.info.st_size) > limit_bytes) return too_long(static_cast<std::uint64_t>(file.info.st_size));
  std::string text;
  std::string buffer(1 << 16, '\0');
  for (;;) {
    const ssize_t count = ::read(file.fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(operation, path, errno);
    if (count == 0) return text;
    text.append(buffer, 0, static_cast<std::size_t>(count));
    if (text.size() > limit_bytes) return too_long(text.size());
  }
}

}  // namespace roundhouse
