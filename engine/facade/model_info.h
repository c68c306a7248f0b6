// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/model_builder.h"
#include "roundhouse/model.h"

namespace roundhouse {

// Everything shown of a model that needs no weight to be read. `built` null: it could not be built. `failure` says why it
// cannot be loaded; null: it can.
ModelInfo describe_model(const ModelSource& source, const BuiltModel* built, bool own_template, const Error* failure);

}  // namespace roundhouse
