// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/adapter_files.h"

#include <algorithm>

#include "engine/model/adapter_file.h"

namespace roundhouse {

Result<std::vector<LoraAdapter>> load_adapters(const std::vector<std::string>& paths, const TextModel& model, const ModelSource& source) {
  std::vector<LoraAdapter> adapters;
  for (const std::string& path : paths) {
    RH_ASSIGN(LoraAdapter adapter, read_adapter(path, model, source));
    const bool taken = std::any_of(adapters.begin(), adapters.end(), [&](const LoraAdapter& other) { return other.name == adapter.name; });
    if (taken || adapter.name.empty()) {
      return Error{ErrorCode::invalid_argument, "load adapter", path, "a name that no other adapter has", adapter.name.empty() ? "none" : adapter.name};
    }
    adapters.push_back(std::move(adapter));
  }
  return adapters;
}

}  // namespace roundhouse
