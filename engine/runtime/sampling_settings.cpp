// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "roundhouse/sampling.h"

namespace roundhouse {

Status SamplingSettings::validate() const {
  const auto bad = [](const char* what, const char* expected, double received) {
    return Error{ErrorCode::invalid_argument, "check sampling settings", what, expected, std::to_string(received)};
  };
  if (!(temperature >= 0.0f && temperature <= 100.0f)) return bad("temperature", "0 to 100", temperature);
  if (top_k < 0) return bad("top-k", "0 or more", top_k);
  if (!(top_p > 0.0f && top_p <= 1.0f)) return bad("top-p", "above 0, at most 1", top_p);
  if (!(min_p >= 0.0f && min_p < 1.0f)) return bad("min-p", "0 or more, below 1", min_p);
  if (!(typical_p > 0.0f && typical_p <= 1.0f)) return bad("typical-p", "above 0, at most 1", typical_p);
  if (!(repetition_penalty > 0.0f && repetition_penalty <= 100.0f)) return bad("repetition penalty", "above 0, at most 100", repetition_penalty);
  if (!std::isfinite(frequency_penalty)) return bad("frequency penalty", "a finite number", frequency_penalty);
  if (!std::isfinite(presence_penalty)) return bad("presence penalty", "a finite number", presence_penalty);
  if (penalty_window_tokens < -1) return bad("penalty window", "-1 or more", penalty_window_tokens);
  if (max_tokens < -1) return bad("maximum tokens", "-1 or more", max_tokens);
  if (top_logprobs < 0 || top_logprobs > 20) return bad("top log-probabilities", "0 to 20", top_logprobs);
  for (const auto& [id, bias] : logit_bias) {
    if (std::isnan(bias) || bias == INFINITY) return bad("logit bias", "a number below infinity", bias);
  }
  return Ok{};
}

}  // namespace roundhouse
