// SPDX-License-Identifier: Apache-2.0
#include "engine/runtime/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

namespace roundhouse {

namespace {

std::int32_t largest(std::span<const float> values) {
  return static_cast<std::int32_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

// ln of the sum of exp, in double.
double log_sum_exp(std::span<const float> values) {
  const float top = *std::max_element(values.begin(), values.end());
  double sum = 0.0;
  for (const float v : values) {
    // Terms under e^-40 of the largest do not reach the last bit of a double's sum over any vocabulary.
    if (v - top > -40.0f) sum += std::exp(static_cast<double>(v - top));
  }
  return top + std::log(sum);
}

bool before(float a_logit, std::int32_t a, float b_logit, std::int32_t b) {
  return a_logit > b_logit || (a_logit == b_logit && a < b);
}

}  // namespace

Status check_logits(std::span<const float> logits, const std::string& model) {
  float largest = -std::numeric_limits<float>::infinity();
  bool numbers = true;
  for (const float v : logits) {
    numbers &= v == v;
    largest = v > largest ? v : largest;
  }
  if (numbers && std::isfinite(largest)) return Ok{};
  const std::string received = !numbers ? "NaN" : largest > 0 ? "infinity" : "minus infinity for every token";
  return Error{ErrorCode::malformed, "run model", model, "finite logits", received + "; the model's file may be damaged"};
}

Sampler::Sampler(const SamplingSettings& settings, std::uint64_t seed) : settings_(settings), random_(seed) {}

void Sampler::penalise(std::span<const std::int32_t> history) {
  for (const auto& [id, bias] : settings_.logit_bias) {
    if (id >= 0 && static_cast<std::size_t>(id) < logits_.size()) logits_[static_cast<std::size_t>(id)] += bias;
  }
  if (settings_.repetition_penalty == 1.0f && settings_.frequency_penalty == 0.0f && settings_.presence_penalty == 0.0f) return;
  if (settings_.penalty_window_tokens >= 0) {
    history = history.last(std::min(history.size(), static_cast<std::size_t>(settings_.penalty_window_tokens)));
  }
  std::unordered_map<std::int32_t, int> counts;
  for (const std::int32_t id : history) ++counts[id];
  for (const auto& [id, count] : counts) {
    if (id < 0 || static_cast<std::size_t>(id) >= logits_.size()) continue;
    float& logit = logits_[static_cast<std::size_t>(id)];
    logit = logit > 0 ? logit / settings_.repetition_penalty : logit * settings_.repetition_penalty;
    logit -= settings_.frequency_penalty * static_cast<float>(count) + settings_.presence_penalty;
  }
}

// Keeps the candidates whose information content is nearest to the distribution's entropy, up to mass typical_p.
void Sampler::keep_typical() {
  double entropy = 0.0;
  for (const Candidate& c : candidates_) {
    if (c.probability > 0) entropy -= c.probability * std::log(c.probability);
  }
  const auto distance = [&](const Candidate& c) {
    return c.probability > 0 ? std::abs(-std::log(c.probability) - entropy) : std::numeric_limits<double>::infinity();
  };
  std::stable_sort(candidates_.begin(), candidates_.end(),
                   [&](const Candidate& a, const Candidate& b) { return distance(a) < distance(b); });
  double mass = 0.0;
  std::size_t kept = 0;
  while (kept < candidates_.size() && mass < settings_.typical_p) mass += candidates_[kept++].probability;
  candidates_.resize(std::max<std::size_t>(kept, 1));
  std::sort(candidates_.begin(), candidates_.end(),
            [](const Candidate& a, const Candidate& b) { return before(a.logit, a.id, b.logit, b.id); });
}

std::int32_t Sampler::choose() {
  if (settings_.temperature <= 0.0f) return largest(logits_);
  const float top = logits_[static_cast<std::size_t>(largest(logits_))];
  // Below this the probability is under 1e-13 of the best: no filter setting and no draw can tell the difference.
  const float floor = top - 30.0f * std::max(settings_.temperature, 1e-3f);
  candidates_.clear();
  for (std::size_t i = 0; i < logits_.size(); ++i) {
    if (logits_[i] >= floor) candidates_.push_back({static_cast<std::int32_t>(i), logits_[i], 0.0});
  }
  const auto order = [](const Candidate& a, const Candidate& b) { return before(a.logit, a.id, b.logit, b.id); };
  const auto k = static_cast<std::size_t>(settings_.top_k);
  if (settings_.top_k > 0 && k < candidates_.size()) {
    std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(k), candidates_.end(), order);
    candidates_.resize(k);
  } else {
    std::sort(candidates_.begin(), candidates_.end(), order);
  }
  const auto normalise = [&] {
    double sum = 0.0;
    for (Candidate& c : candidates_) {
      c.probability = std::exp((static_cast<double>(c.logit) - top) / settings_.temperature);
      sum += c.probability;
    }
    for (Candidate& c : candidates_) c.probability /= sum;
  };
  normalise();
  if (settings_.typical_p < 1.0f) {
    keep_typical();
    normalise();
  }
  if (settings_.top_p < 1.0f) {
    double mass = 0.0;
    std::size_t kept = 0;
    while (kept < candidates_.size() && mass < settings_.top_p) mass += candidates_[kept++].probability;
    candidates_.resize(std::max<std::size_t>(kept, 1));
    normalise();
  }
  if (settings_.min_p > 0.0f) {
    const double least = settings_.min_p * candidates_.front().probability;
    while (candidates_.size() > 1 && candidates_.back().probability < least) candidates_.pop_back();
    normalise();
  }
  // 53 random bits in [0, 1): the standard's distributions are not the same on every machine.
  double point = static_cast<double>(random_() >> 11) * 0x1.0p-53;
  for (const Candidate& c : candidates_) {
    point -= c.probability;
    if (point < 0) return c.id;
  }
  return candidates_.back().id;
}

DrawnToken Sampler::draw(std::span<const float> logits, std::span<const std::int32_t> history) {
  logits_.assign(logits.begin(), logits.end());
  penalise(history);
  DrawnToken drawn;
  drawn.id = choose();
  const double norm = log_sum_exp(logits);
  const auto logprob = [&](std::int32_t id) { return static_cast<float>(logits[static_cast<std::size_t>(id)] - norm); };
  drawn.logprob = logprob(drawn.id);
  if (settings_.top_logprobs > 0) {
    std::vector<std::int32_t> ids(logits.size());
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int32_t>(i);
    const auto count = std::min(ids.size(), static_cast<std::size_t>(settings_.top_logprobs));
    std::partial_sort(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count), ids.end(), [&](std::int32_t a, std::int32_t b) {
      return before(logits[static_cast<std::size_t>(a)], a, logits[static_cast<std::size_t>(b)], b);
    });
    for (std::size_t i = 0; i < count; ++i) drawn.alternatives.push_back({ids[i], logprob(ids[i])});
  }
  return drawn;
}

}  // namespace roundhouse
