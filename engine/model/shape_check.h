// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/model_source.h"
#include "engine/model/model_spec.h"
#include "engine/model/weights.h"

namespace roundhouse {

// Holds bound weights against the specification, in both directions: what a layer computes with must be there, in its
// shape and in all layers of its kind; what is there must be computed with. Errors name the tensor.
Status check_shapes(const ModelSource& source, const ModelSpec& spec, const Weights& weights);

}  // namespace roundhouse
