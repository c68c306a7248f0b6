// SPDX-License-Identifier: Apache-2.0
#include "engine/model/adapter_file.h"

#include <filesystem>

#include "engine/model/bottleneck_file.h"
#include "engine/model/families.h"
#include "engine/model/gguf_adapter.h"
#include "engine/model/peft_adapter.h"

namespace roundhouse {

Result<LoraAdapter> read_adapter(const std::string& path, const TextModel& model, const ModelSource& source) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return read_peft_adapter(path, model);
  if (path.ends_with(".safetensors")) return read_bottlenecks(path, model);
  return read_gguf_adapter(path, model, gguf_architecture(source.format, source.architecture));
}

}  // namespace roundhouse
