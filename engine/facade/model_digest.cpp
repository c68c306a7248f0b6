// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/model_digest.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>

#include "engine/base/sha256.h"

namespace roundhouse {

Result<std::string> model_digest(const std::vector<SourceFile>& files, const CancelToken& cancel,
                                 const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  constexpr std::size_t step = 1 << 20;
  std::uint64_t total = 0, done = 0;
  for (const SourceFile& file : files) total += file.bytes.size();
  std::string lines, last;
  for (const SourceFile& file : files) {
    Sha256 hash;
    for (std::span<const std::byte> rest = file.bytes; !rest.empty(); rest = rest.subspan(std::min(step, rest.size()))) {
      if (cancel.cancelled()) return Error{ErrorCode::cancelled, "digest file", file.path, "", "cancelled"};
      const auto piece = rest.first(std::min(step, rest.size()));
      hash.update(piece);
      done += piece.size();
      if (progress) progress(done, total);
    }
    RH_ASSIGN(const Sha256Digest digest, hash.finish());
    last = to_hex(digest);
    lines += last + "  " + std::filesystem::path(file.path).filename().string() + "\n";
  }
  if (files.size() == 1) return last;
  RH_ASSIGN(const Sha256Digest all, sha256(lines));
  return to_hex(all);
}

}  // namespace roundhouse
