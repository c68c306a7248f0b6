// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/model_source.h"

namespace roundhouse {

Result<std::shared_ptr<const ModelSource>> open_gguf_source(const std::string& path);
// `folder` holds config.json and model.safetensors, or its index and shards.
Result<std::shared_ptr<const ModelSource>> open_hugging_face_source(const std::string& folder);

}  // namespace roundhouse
