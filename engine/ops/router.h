// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "engine/ops/batch.h"
#include "engine/ops/specs.h"

namespace roundhouse {

// The router's arithmetic on host arrays: every backend whose logits are in host memory calls it, so that scores, edits,
// ids and traces mean the same whatever ran. float32, with the functions of base/portable_math.h: the same logits give
// the same routing on every processor.
//
// Details beyond RouterSpec's stages:
// - Selection scores of softmax_after_top_k and sigmoid_after_top_k are the logits.
// - A disabled expert's selection score is -infinity. What is -infinity or NaN cannot be chosen; where fewer experts than
//   places remain, the last places stay unused. A disabled expert still counts in a softmax over all experts.
// - Forced experts come first, the best of them if there are more than places; the group limit does not touch them.
// - A group's score counts its enabled experts only; groups without any are never used.
// - Equal scores: the lower id first, of groups likewise.
// - Given ids (Batch::given_ids) override a row's choice and edits but for boosts; ids outside [0, experts) and repeated ones
//   become unused places, which come last.
// - Normalising divides by the sum over the chosen, in the order of places, plus epsilon; a sum of 0 gives weights 0.

// Floats of scratch memory that route_rows and route_rows_backward want.
inline std::int64_t router_scratch_floats(const RouterSpec& spec) { return 2 * static_cast<std::int64_t>(spec.experts) + spec.groups; }

// Rows [first, last) of a batch: logits [batch.rows, experts] -> ids, weights [batch.rows, places], and the rows' traces.
// selection_bias [experts] or null. places >= what any row uses: batch.top_k(routed_layer, spec.top_k).
void route_rows(const RouterSpec& spec, const float* logits, const float* selection_bias, const Batch& batch,
                std::int32_t routed_layer, std::int32_t first, std::int32_t last, std::int32_t places, std::int32_t* ids,
                float* weights, float* scratch);

// dlogits [batch.rows, experts] from dweights [batch.rows, places], the ids held fixed. Writes its rows of dlogits.
void route_rows_backward(const RouterSpec& spec, const float* dweights, const float* logits, const std::int32_t* ids,
                         const Batch& batch, std::int32_t routed_layer, std::int32_t first, std::int32_t last,
                         std::int32_t places, float* dlogits, float* scratch);

}  // namespace roundhouse
