// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/adapter_files.h"

#include <algorithm>
#include <filesystem>

#include "engine/model/families.h"
#include "engine/model/gguf_adapter.h"
#include "engine/model/peft_adapter.h"

namespace roundhouse {

Result<std::vector<LoraAdapter>> load_adapters(const std::vector<std::string>& paths, const TextModel& model, const ModelSource& source) {
  std::vector<LoraAdapter> adapters;
  for (const std::string& path : paths) {
    std::error_code ignored;
    const bool folder = std::filesystem::is_directory(path, ignored);
    RH_ASSIGN(LoraAdapter adapter, folder ? read_peft_adapter(path, model) : read_gguf_adapter(path, model, gguf_architecture(source.format, source.architecture)));
    const bool taken = std::any_of(adapters.begin(), adapters.end(), [&](const LoraAdapter& other) { return other.name == adapter.name; });
    if (taken || adapter.name.empty()) {
      return Error{ErrorCode::invalid_argument, "load adapter", path, "a name that no other adapter has", adapter.name.empty() ? "none" : adapter.name};
    }
    adapters.push_back(std::move(adapter));
  }
  return adapters;
}

}  // namespace roundhouse
