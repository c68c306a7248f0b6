// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/model/model_source.h"
#include "engine/model/model_spec.h"
#include "engine/model/weight_collector.h"
#include "engine/model/weights.h"
#include "roundhouse/cancel.h"

namespace roundhouse {

struct BuiltModel {
  ModelSpec spec;
  Weights weights;
  std::vector<StackedWeight> stacked;  // those still without bytes
};

// Names, keys and shapes of a file -> specification and weights; every shape is checked against the specification.
// `copy_stacked` false leaves what the file has in pieces to stack_weights(): enough to inspect, and to know what a load
// will take. Weights point into the source's mapping and keep it alive.
Result<BuiltModel> build_model(const std::shared_ptr<const ModelSource>& source, bool copy_stacked = true);

// Copies those pieces, weight by weight, into memory of the model's own. `progress` gets the bytes of each piece.
Status stack_weights(BuiltModel& built, const CancelToken& cancel = {}, const std::function<void(std::uint64_t)>& progress = {});

}  // namespace roundhouse
