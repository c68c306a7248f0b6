// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/data_folder.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "engine/audit/absolute_path.h"
#include "engine/base/system_error.h"

namespace roundhouse {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::string_view(value) : std::string_view();
}

std::filesystem::path home_folder() {
  if (const auto home = environment("HOME"); !home.empty() && home.front() == '/') return home;
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return found->pw_dir;
  return "/";
}

}  // namespace

std::filesystem::path data_folder() {
  if (const auto own = environment("ROUNDHOUSE_DATA"); !own.empty()) return audit::absolute_path(own);
  if (const auto xdg = environment("XDG_DATA_HOME"); !xdg.empty() && xdg.front() == '/')
    return std::filesystem::path(xdg) / "roundhouse";
  return home_folder() / ".local/share/roundhouse";
}

Status create_private_folder(const std::filesystem::path& folder) {
  std::filesystem::path made;
  for (const auto& piece : audit::absolute_path(folder)) {
    made /= piece;
    struct stat info {};
    if (::stat(made.c_str(), &info) == 0) {
      if (!S_ISDIR(info.st_mode))
        return Error{ErrorCode::io, "create folder", made.string(), "a folder or nothing there", "a file"};
      continue;
    }
    if (::mkdir(made.c_str(), 0700) != 0 && errno != EEXIST)
      return system_error("create folder", made.string(), errno, "permission to create it");
  }
  return Ok{};
}

}  // namespace roundhouse
