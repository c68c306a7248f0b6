// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/model_source.h"
#include "roundhouse/model.h"

namespace roundhouse {

// Tokenizer and chat template of a model: from GGUF metadata, or from tokenizer.json and tokenizer_config.json beside
// safetensors. A model without a template gets one that writes "role: text" lines.
Result<ModelText> load_model_text(const ModelSource& source);

}  // namespace roundhouse
