// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/model/lora.h"
#include "roundhouse/result.h"

namespace roundhouse {

// Which weights get an adapter, and of what kind.
struct LoraPlan {
  // Canonical names of weights (see Weights), '*' for any run of characters: "layers.*.q", "layers.2*.experts.*". Names of
  // groups: "attention" (q, k, v, output), "dense", "shared", "experts", "all" (those together).
  std::vector<std::string> targets = {"all"};
  std::vector<std::string> exclude;  // patterns and groups likewise: what stays without an adapter
  // Layer -> routed experts that are trained, where `targets` names experts; other layers' experts get no adapter. Empty: all.
  std::map<std::int32_t, std::vector<std::int32_t>> experts;
  std::int64_t rank = 16;
  double alpha = 32.0;
  bool rank_stabilised = false;  // scale alpha / sqrt(rank) instead of alpha / rank
  bool magnitudes = false;       // DoRA: the length of each row as well, from the model's own
  std::uint64_t seed = 0;
};

// An adapter that changes nothing yet: B = 0, A uniform within +-1 / sqrt(inputs), what Kaiming's initialisation with
// a = sqrt 5 gives and PEFT takes. Gate and up of routed experts have one A, as PEFT packs them. The same plan gives the
// same bits on every machine; experts that are not trained have A = 0. Refused: a target or an exclusion that no weight of this
// model fits, by name; a layer without such an expert; a rank below 1; nothing left to train.
Result<LoraAdapter> plan_lora(const TextModel& model, const LoraPlan& plan, std::string name);

// Bottlenecks of plan.rank that change nothing yet (up = 0), behind the feed-forward block of each layer that has a weight
// which a target fits; "layers.N.bottleneck" is their name among the excluded. Of the plan's other members only the seed counts.
Result<LoraAdapter> plan_bottlenecks(const TextModel& model, const LoraPlan& plan, std::string name);

}  // namespace roundhouse
