// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/model_digest.h"

#include <cstdint>
#include <filesystem>

#include "engine/base/sha256.h"

namespace roundhouse {

Result<std::string> model_digest(const std::vector<std::string>& files, const CancelToken& cancel,
                                 const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  std::uint64_t total = 0, before = 0;
  for (const std::string& file : files) {
    std::error_code ec;
    const auto bytes = std::filesystem::file_size(file, ec);
    if (!ec) total += bytes;  // else the reading below says why not
  }
  std::string lines, last;
  for (const std::string& file : files) {
    RH_ASSIGN(const FileDigest read, sha256_file(file, cancel, [&](std::int64_t done, std::int64_t) {
                if (progress) progress(before + static_cast<std::uint64_t>(done), total);
              }));
    before += static_cast<std::uint64_t>(read.size_bytes);
    last = to_hex(read.sha256);
    lines += last + "  " + std::filesystem::path(file).filename().string() + "\n";
  }
  if (files.size() == 1) return last;
  RH_ASSIGN(const Sha256Digest all, sha256(lines));
  return to_hex(all);
}

}  // namespace roundhouse
