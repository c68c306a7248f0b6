// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/model_source.h"
#include "engine/model/model_spec.h"
#include "engine/model/weights.h"

namespace roundhouse {

struct BuiltModel {
  ModelSpec spec;
  Weights weights;
};

// Names, keys and shapes of a file -> specification and weights; every shape is checked against the specification.
// `copy_stacked` false leaves per-expert matrices of the Hugging Face layout unstacked (data == nullptr): enough to
// inspect. Weights point into the source's mapping and keep it alive.
Result<BuiltModel> build_model(const std::shared_ptr<const ModelSource>& source, bool copy_stacked = true);

}  // namespace roundhouse
