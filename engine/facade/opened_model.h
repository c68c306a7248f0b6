// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "engine/facade/model_text.h"
#include "engine/model/model_builder.h"
#include "roundhouse/model.h"

namespace roundhouse {

// A model file that is mapped, understood and checked against its tokenizer; no weight has been copied.
struct OpenedModel {
  std::shared_ptr<const ModelSource> source;
  BuiltModel built;
  ModelText text;
  ModelInfo info;
};
Result<OpenedModel> open_model(const std::string& path);

}  // namespace roundhouse
