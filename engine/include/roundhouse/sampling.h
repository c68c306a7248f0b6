// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "roundhouse/result.h"

namespace roundhouse {

// How the next token is drawn. Applied in this order: logit bias, repetition, frequency and presence penalties,
// temperature, top-k, typical-p, top-p, min-p, draw. Temperature 0 is greedy: after bias and penalties the largest
// logit wins, the lower id among equals.
struct SamplingSettings {
  float temperature = 0.8f;         // >= 0
  int top_k = 40;                   // 0: off
  float top_p = 0.95f;              // (0, 1]; 1: off
  float min_p = 0.05f;              // [0, 1); 0: off
  float typical_p = 1.0f;           // (0, 1]; 1: off (Meister et al. 2022, locally typical sampling)
  float repetition_penalty = 1.0f;  // > 0; 1: off (Keskar et al. 2019)
  float frequency_penalty = 0.0f;   // subtracted once per earlier occurrence
  float presence_penalty = 0.0f;    // subtracted if it occurred at all
  int penalty_window_tokens = 256;  // how far penalties look back; -1: everything
  std::map<std::int32_t, float> logit_bias;  // token id -> added to its logit; -infinity forbids it
  std::vector<std::string> stop;    // generation ends before the first of these
  std::optional<std::uint64_t> seed;  // absent: drawn, and reported in the result
  int max_tokens = -1;              // -1: until the context is full
  int top_logprobs = 0;             // 0..20 alternatives reported for every token
  bool ignore_end_tokens = false;   // benchmarks: go on past end-of-generation tokens

  Status validate() const;
};

}  // namespace roundhouse
