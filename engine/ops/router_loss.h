// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "engine/ops/batch.h"
#include "engine/ops/specs.h"

namespace roundhouse {

// The losses of RouterLossSpec on host arrays, for every backend of the CPU, in double.
//
// Of T rows, E experts and the places that are used: f_i = E count_i / (all used places), held fixed; P_i = mean over rows
// of the router's probability of expert i. Probabilities are softmax(logits) where the score is a softmax; other scores
// are divided by their sum (DeepSeek-V3, arXiv 2412.19437, formula 19). Balance: sum f_i P_i, which is 1 where all experts
// are used and wanted alike; of sequences, the mean of each one's own. z: mean of logsumexp(logits)^2 (ST-MoE, arXiv
// 2202.08906, formula 5). Edits of routing do not enter.

struct RouterLosses {
  double balance = 0.0, z = 0.0;  // times their factors
};

// logits [batch.rows, experts], ids [batch.rows, places] with -1 for unused places.
RouterLosses router_losses(const RouterSpec& spec, const RouterLossSpec& losses, const float* logits, const std::int32_t* ids,
                           std::int32_t places, const Batch& batch);

// dlogits [batch.rows, experts]: the gradient of dbalance * balance + dz * z.
void router_losses_backward(const RouterSpec& spec, const RouterLossSpec& losses, double dbalance, double dz, const float* logits,
                            const std::int32_t* ids, std::int32_t places, const Batch& batch, float* dlogits);

}  // namespace roundhouse
