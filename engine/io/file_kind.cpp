// SPDX-License-Identifier: Apache-2.0
#include "engine/io/file_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "engine/base/printable.h"

namespace roundhouse {

std::string describe_file_start(std::span<const std::byte> file) {
  const std::string_view start(reinterpret_cast<const char*>(file.data()), std::min<std::size_t>(file.size(), 64));
  if (start.empty()) return "no data";
  if (start.starts_with("GGUF")) return "a GGUF file";
  if (start.starts_with("version https://git-lfs")) return "a Git LFS pointer (the file itself was not downloaded)";
  if (start.starts_with("PK\x03\x04")) return "a ZIP archive (perhaps a PyTorch checkpoint)";
  if (start.starts_with("lmgg") || start.starts_with("fmgg") || start.starts_with("tjgg") || start.starts_with("algg")) {
    return "a GGML file from before GGUF";
  }
  if (start.starts_with("<!DOCTYPE") || start.starts_with("<!doctype") || start.starts_with("<html")) {
    return "a web page (perhaps a failed download)";
  }
  if (start.size() > 9 && start[8] == '{' && (start[9] == '"' || start[9] == '}')) return "a safetensors file";
  if (start.find_first_not_of('\0') == std::string_view::npos) return "zeros";
  return fmt::format("'{}'", printable(start.substr(0, 8)));
}

}  // namespace roundhouse
