// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "engine/model/lora.h"
#include "engine/model/model_source.h"
#include "roundhouse/result.h"

namespace roundhouse {

// An adapter of any kind that there is: a folder as PEFT writes it, bottlenecks (`.safetensors`), or a GGUF adapter. `source` is
// what `model` was made of.
Result<LoraAdapter> read_adapter(const std::string& path, const TextModel& model, const ModelSource& source);

}  // namespace roundhouse
