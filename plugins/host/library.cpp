// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstring>

#include "plugins/api/core/abi.h"
#include "plugins/host/files.h"
#include "plugins/host/manifest.h"
#include "plugins/host/text.h"

namespace roundhouse::plugins {

std::optional<Failure> open_library(const std::filesystem::path& file, Phase phase, void** handle) {
  const auto stamp = file_stamp(file, "load plugin");
  if (!stamp.ok()) return Failure{FailureKind::missing_file, phase, stamp.error().message()};
  *handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (*handle) return {};
  const char* said = ::dlerror();
  const std::string detail = one_line(said ? said : "no reason given", 400);
  const auto contains = [&](const char* words) { return detail.find(words) != std::string::npos; };
  if (contains("undefined symbol") || contains("symbol lookup error") || (contains("version `") && contains("not found"))) {
    return Failure{FailureKind::unresolved_symbol, phase, detail};
  }
  if (contains("cannot open shared object file: No such file")) {
    // Of a library for another machine the loader says that it is not there; but it is.
    if (said && std::string_view(said).substr(0, file.native().size()) == file.native()) {
      return Failure{FailureKind::not_a_library, phase, "it was built for another kind of machine"};
    }
    return Failure{FailureKind::missing_library, phase, detail};
  }
  return Failure{FailureKind::not_a_library, phase, detail};
}

std::optional<Failure> check_entry(void* handle, const char* symbol, std::uint32_t magic, const std::string& id,
                                   Phase phase, const RoundhousePluginEntry** entry) {
  const auto* found = static_cast<const RoundhousePluginEntry*>(::dlsym(handle, symbol));
  if (!found) return Failure{FailureKind::no_entry, phase, fmt::format("the symbol {} is missing", symbol)};
  if (found->magic != magic) {
    return Failure{FailureKind::no_entry, phase,
                   fmt::format("{} begins with 0x{:08x} instead of 0x{:08x}", symbol, found->magic, magic)};
  }
  if (const Status version = check_api_version(static_cast<int>(found->api_major), static_cast<int>(found->api_minor), "library");
      !version.ok()) {
    return Failure{FailureKind::version, phase,
                   fmt::format("the library was built for {}, this program offers {}.{}", version.error().received,
                               ROUNDHOUSE_PLUGIN_API_MAJOR, ROUNDHOUSE_PLUGIN_API_MINOR)};
  }
  if (found->entry_bytes < sizeof(RoundhousePluginEntry)) {
    return Failure{FailureKind::no_entry, phase,
                   fmt::format("the entry has {} bytes instead of {}", found->entry_bytes, sizeof(RoundhousePluginEntry))};
  }
  if (found->cxx_abi != plugin::cxx_abi()) {
    return Failure{FailureKind::abi, phase,
                   fmt::format("C++ fingerprint {:016x} instead of {:016x}", found->cxx_abi, plugin::cxx_abi())};
  }
  if (!found->id || !found->create || !found->destroy) {
    return Failure{FailureKind::no_entry, phase, "the entry lacks id, create or destroy"};
  }
  if (id != found->id) {
    return Failure{FailureKind::wrong_id, phase, fmt::format("the library says {}, the manifest {}", one_line(found->id, 100), id)};
  }
  *entry = found;
  return {};
}

}  // namespace roundhouse::plugins
