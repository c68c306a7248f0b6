// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/resource_locator.h"

#include <system_error>

namespace roundhouse::app {
namespace fs = std::filesystem;

std::vector<fs::path> resource_folders() {
  std::vector<fs::path> folders;
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  if (!program.empty()) folders.push_back((program.parent_path() / ".." / "share" / "roundhouse").lexically_normal());
  folders.emplace_back(ROUNDHOUSE_RESOURCE_DIR);
  return folders;
}

Result<fs::path> find_resource(const fs::path& relative, const std::vector<fs::path>& folders) {
  std::string tried;
  for (const fs::path& folder : folders) {
    const fs::path candidate = folder / relative;
    std::error_code ignored;
    if (fs::is_regular_file(candidate, ignored)) return candidate;
    tried += (tried.empty() ? "nothing at " : ", nor at ") + candidate.string();
  }
  return Error{ErrorCode::not_found, "find resource", relative.string(), "the file beside the program or in its sources",
               tried.empty() ? "no folder to look in" : tried};
}

Result<fs::path> embedded_model_path() { return find_resource("models/roundhouse-mini-q4_0.gguf"); }

}  // namespace roundhouse::app
