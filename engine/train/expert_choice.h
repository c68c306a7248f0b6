// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/model/weight_overlay.h"
#include "engine/ops/batch.h"
#include "roundhouse/result.h"
#include "roundhouse/routing.h"

namespace roundhouse {

// Expert-specialised fine-tuning (Wang et al. 2024, arXiv 2407.01906): experts are scored on the user's own data, those that
// matter are chosen and trained whole, the router stays as it is.

// Model layer -> its chosen experts, ascending.
using ExpertChoice = std::map<std::int32_t, std::vector<std::int32_t>>;

// How much experts have to do with some samples: of each sample the mean over its tokens, then the mean over samples (formulas
// 5 and 6). A value.
class ExpertScores {
 public:
  explicit ExpertScores(RoutingLayout layout);

  // The routing of a batch: experts and weights [rows, routed layers, k] with -1 for unused places. Each sequence is a sample.
  void add(const Batch& batch, std::span<const std::int32_t> experts, std::span<const float> weights, std::int32_t k);

  // [routed layer][expert], each layer's sum 1 (0 where there was no sample). `gate`: by routing weight; else by the share of
  // tokens that chose it.
  std::vector<std::vector<double>> scores(bool gate) const;
  std::int64_t samples() const { return samples_; }

  // Of each layer the best experts until their scores sum up to `threshold` (0 to 1, the paper has 0.1 by weight and 0.2 by
  // tokens); equal scores by number. At least one of each layer. Fails without a sample, or for another threshold.
  Result<ExpertChoice> choose(bool gate, double threshold) const;

 private:
  RoutingLayout layout_;
  std::vector<std::vector<double>> gate_, tokens_;
  std::int64_t samples_ = 0;
};

// Gates, ups and downs of the chosen experts, to be trained whole (LoraTrainingOptions::whole). Errors name the layer.
Result<WeightOverlay> whole_experts(const TextModel& model, const ExpertChoice& choice);
// The routers of all routed layers, `biases`: their selection biases as well, which models without them refuse; for training
// or balancing.
Result<WeightOverlay> whole_routers(const TextModel& model, bool matrices, bool biases);

// expert_cfg.json as the paper's own code has it: {"experts": {"19": [54, 50]}, "shared_experts": false, "non_expert_modules":
// false}. A file that trains shared experts or other modules as well is refused.
Result<ExpertChoice> read_expert_choice(const std::string& path, const RoutingLayout& layout);
Status write_expert_choice(const std::string& path, const ExpertChoice& choice);

}  // namespace roundhouse
