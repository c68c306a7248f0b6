// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "engine/model/lora.h"
#include "engine/model/model_source.h"
#include "roundhouse/result.h"

namespace roundhouse {

// The adapters at `paths` (LoadOptions::adapters), each of a name of its own. `source` is what `model` was made of.
Result<std::vector<LoraAdapter>> load_adapters(const std::vector<std::string>& paths, const TextModel& model, const ModelSource& source);

}  // namespace roundhouse
