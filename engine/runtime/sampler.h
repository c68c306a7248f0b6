// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "roundhouse/result.h"
#include "roundhouse/sampling.h"
#include "roundhouse/session.h"

namespace roundhouse {

struct DrawnToken {
  std::int32_t id = 0;
  float logprob = 0.0f;  // ln softmax of the unchanged logits
  std::vector<TokenAlternative> alternatives;  // the most likely ones, same measure
};

// Whether tokens can be drawn from these logits: no NaN, and a largest one that is a number (single ones may be minus
// infinity). Weights with damaged bytes give others.
Status check_logits(std::span<const float> logits, const std::string& model);

// Draws tokens as SamplingSettings describes. Same seed, same logits: same tokens, on every machine. One thread.
class Sampler {
 public:
  Sampler(const SamplingSettings& settings, std::uint64_t seed);
  // logits [vocabulary] f32 that pass check_logits(), unchanged; history: the context's tokens, oldest first (penalties).
  DrawnToken draw(std::span<const float> logits, std::span<const std::int32_t> history);

 private:
  struct Candidate {
    std::int32_t id;
    float logit;
    double probability;
  };
  void penalise(std::span<const std::int32_t> history);
  std::int32_t choose();
  void keep_typical();

  SamplingSettings settings_;
  std::mt19937_64 random_;
  std::vector<float> logits_;          // [vocabulary] working copy
  std::vector<Candidate> candidates_;  // scratch
};

}  // namespace roundhouse
