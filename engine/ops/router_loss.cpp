// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/router_loss.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/base/portable_math.h"

namespace roundhouse {

namespace {

using Row = std::vector<double>;  // [experts]

bool is_softmax(RouterScore score) { return score == RouterScore::softmax || score == RouterScore::softmax_after_top_k; }

double log_sum_exp(const float* logits, std::int32_t experts) {
  const double largest = *std::max_element(logits, logits + experts);
  double sum = 0.0;
  for (std::int32_t e = 0; e < experts; ++e) sum += portable::exp(logits[e] - largest);
  return largest + portable::log(sum);
}

// Probabilities of one row. Where the score is no softmax, `slopes` gets d score / d logit; returns the scores' sum.
double probabilities(RouterScore score, const float* logits, Row& p, Row* slopes) {
  const auto experts = static_cast<std::int32_t>(p.size());
  if (is_softmax(score)) {
    const double total = log_sum_exp(logits, experts);
    for (std::int32_t e = 0; e < experts; ++e) p[static_cast<std::size_t>(e)] = portable::exp(logits[e] - total);
    return 1.0;
  }
  double sum = 0.0;
  for (std::size_t e = 0; e < p.size(); ++e) {
    const double sigmoid = portable::sigmoid(logits[e]);
    p[e] = score == RouterScore::sqrt_softplus ? std::sqrt(portable::softplus(logits[e])) : sigmoid;
    if (slopes) (*slopes)[e] = score == RouterScore::sqrt_softplus ? (p[e] > 0.0 ? sigmoid / (2.0 * p[e]) : 0.0) : sigmoid * (1.0 - sigmoid);
    sum += p[e];
  }
  for (double& value : p) value = sum > 0.0 ? value / sum : 0.0;
  return sum;
}

// What one balance is taken of: rows [first, first + rows), each with the same share.
struct Part {
  std::int32_t first, rows;
  double weight;
};

std::vector<Part> parts_of(const RouterLossSpec& losses, const Batch& batch) {
  if (!losses.per_sequence) return {{0, batch.rows, 1.0}};
  std::vector<Part> parts;
  for (const BatchSequence& sequence : batch.sequences) {
    if (sequence.rows > 0) parts.push_back({sequence.first_row, sequence.rows, 1.0});
  }
  for (Part& part : parts) part.weight = 1.0 / static_cast<double>(parts.size());
  return parts;
}

Row shares(const Part& part, std::int32_t experts, const std::int32_t* ids, std::int32_t places) {
  Row f(static_cast<std::size_t>(experts));
  double used = 0.0;
  for (std::int64_t i = static_cast<std::int64_t>(part.first) * places; i < static_cast<std::int64_t>(part.first + part.rows) * places; ++i) {
    if (ids[i] < 0) continue;
    ++f[static_cast<std::size_t>(ids[i])];
    ++used;
  }
  for (double& value : f) value = used > 0.0 ? value * experts / used : 0.0;
  return f;
}

}  // namespace

RouterLosses router_losses(const RouterSpec& spec, const RouterLossSpec& losses, const float* logits, const std::int32_t* ids,
                           std::int32_t places, const Batch& batch) {
  RouterLosses sum;
  if (batch.rows == 0) return sum;
  Row p(static_cast<std::size_t>(spec.experts));
  if (losses.balance != 0.0f) {
    for (const Part& part : parts_of(losses, batch)) {
      const Row f = shares(part, spec.experts, ids, places);
      double balance = 0.0;
      for (std::int32_t row = part.first; row < part.first + part.rows; ++row) {
        probabilities(spec.score, logits + static_cast<std::int64_t>(row) * spec.experts, p, nullptr);
        for (std::size_t e = 0; e < p.size(); ++e) balance += f[e] * p[e];
      }
      sum.balance += losses.balance * part.weight * balance / part.rows;
    }
  }
  if (losses.z != 0.0f) {
    double squares = 0.0;
    for (std::int32_t row = 0; row < batch.rows; ++row) {
      const double total = log_sum_exp(logits + static_cast<std::int64_t>(row) * spec.experts, spec.experts);
      squares += total * total;
    }
    sum.z = losses.z * squares / batch.rows;
  }
  return sum;
}

void router_losses_backward(const RouterSpec& spec, const RouterLossSpec& losses, double dbalance, double dz, const float* logits,
                            const std::int32_t* ids, std::int32_t places, const Batch& batch, float* dlogits) {
  std::fill_n(dlogits, static_cast<std::int64_t>(batch.rows) * spec.experts, 0.0f);
  const auto experts = static_cast<std::size_t>(spec.experts);
  Row p(experts), slopes(experts);
  if (losses.balance != 0.0f && dbalance != 0.0) {
    for (const Part& part : parts_of(losses, batch)) {
      Row f = shares(part, spec.experts, ids, places);
      for (double& value : f) value *= dbalance * losses.balance * part.weight / part.rows;  // d loss / d probability
      for (std::int32_t row = part.first; row < part.first + part.rows; ++row) {
        const std::int64_t at = static_cast<std::int64_t>(row) * spec.experts;
        const double sum = probabilities(spec.score, logits + at, p, &slopes);
        double mean = 0.0;
        for (std::size_t e = 0; e < experts; ++e) mean += f[e] * p[e];
        for (std::size_t e = 0; e < experts; ++e) {
          const double slope = is_softmax(spec.score) ? p[e] : sum > 0.0 ? slopes[e] / sum : 0.0;
          dlogits[at + static_cast<std::int64_t>(e)] += static_cast<float>((f[e] - mean) * slope);
        }
      }
    }
  }
  if (losses.z != 0.0f && dz != 0.0) {
    for (std::int32_t row = 0; row < batch.rows; ++row) {
      const std::int64_t at = static_cast<std::int64_t>(row) * spec.experts;
      const double total = log_sum_exp(logits + at, spec.experts);
      const double factor = 2.0 * dz * losses.z * total / batch.rows;
      for (std::int32_t e = 0; e < spec.experts; ++e) dlogits[at + e] += static_cast<float>(factor * portable::exp(logits[at + e] - total));
    }
  }
}

}  // namespace roundhouse
