// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/router.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "engine/base/portable_math.h"
#include "roundhouse/trace.h"

namespace roundhouse {
namespace {

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

struct RowEdits {
  const float* boost = nullptr;           // [experts] or null
  const std::uint8_t* flags = nullptr;    // [experts] or null
};

RowEdits edits_of(const Batch& batch, std::int32_t row, std::int32_t routed_layer) {
  if (!batch.edit || batch.edit[row] < 0) return {};
  const EditTable& table = batch.edits[static_cast<std::size_t>(batch.edit[row])];
  const std::int64_t offset = static_cast<std::int64_t>(routed_layer) * batch.edit_experts;
  return {table.boost ? table.boost + offset : nullptr, table.flags ? table.flags + offset : nullptr};
}

void boosted_logits(const float* logits, const RowEdits& edits, std::int32_t experts, float* out) {
  for (std::int32_t e = 0; e < experts; ++e) out[e] = edits.boost ? logits[e] + edits.boost[e] : logits[e];
}

// In place, n logits -> probabilities. The sum is taken in double, in order.
void softmax(float* x, std::int32_t n) {
  float largest = minus_infinity;
  for (std::int32_t i = 0; i < n; ++i) largest = std::max(largest, x[i]);
  if (largest == minus_infinity) largest = 0.0f;
  double sum = 0.0;
  for (std::int32_t i = 0; i < n; ++i) {
    x[i] = static_cast<float>(portable::exp(static_cast<double>(x[i]) - largest));
    sum += x[i];
  }
  const auto total = static_cast<float>(sum);
  for (std::int32_t i = 0; i < n; ++i) x[i] = total > 0.0f ? x[i] / total : 0.0f;
}

// Logits -> scores of the kinds that score before the choice; the others keep their logits.
void score_all(RouterScore kind, float* x, std::int32_t n) {
  switch (kind) {
    case RouterScore::softmax: softmax(x, n); break;
    case RouterScore::sigmoid:
      for (std::int32_t i = 0; i < n; ++i) x[i] = static_cast<float>(portable::sigmoid(x[i]));
      break;
    case RouterScore::sqrt_softplus:
      for (std::int32_t i = 0; i < n; ++i) x[i] = static_cast<float>(std::sqrt(portable::softplus(x[i])));
      break;
    case RouterScore::softmax_after_top_k:
    case RouterScore::sigmoid_after_top_k: break;
  }
}

// The chosen so far, best first.
struct Chosen {
  std::int32_t* ids;
  std::int32_t count = 0;
  const float* selection;

  // Whether a comes before b.
  bool better(std::int32_t a, std::int32_t b) const {
    const float of_a = std::isnan(selection[a]) ? minus_infinity : selection[a];
    const float of_b = std::isnan(selection[b]) ? minus_infinity : selection[b];
    return of_a != of_b ? of_a > of_b : a < b;
  }
  // Offers an expert for places [start, limit).
  void offer(std::int32_t expert, std::int32_t start, std::int32_t limit) {
    if (count == limit) {
      if (limit == start || !better(expert, ids[limit - 1])) return;
      --count;
    }
    std::int32_t place = count++;
    for (; place > start && better(expert, ids[place - 1]); --place) ids[place] = ids[place - 1];
    ids[place] = expert;
  }
};

bool flagged(const RowEdits& edits, std::int32_t expert, EditTable::Flag flag) {
  return edits.flags && edits.flags[expert] == flag;
}

// Takes the experts of all but the best groups out of the choice.
void limit_groups(const RouterSpec& spec, const RowEdits& edits, float* selection, float* group_scores) {
  const std::int32_t size = spec.experts / spec.groups;
  for (std::int32_t g = 0; g < spec.groups; ++g) {
    float first = minus_infinity, second = minus_infinity;
    for (std::int32_t e = g * size; e < (g + 1) * size; ++e) {
      if (selection[e] > first) {
        second = first;
        first = selection[e];
      } else if (selection[e] > second) {
        second = selection[e];
      }
    }
    const bool sum = spec.group_score == GroupScore::top2_sum && second > minus_infinity;
    group_scores[g] = sum ? first + second : first;
  }
  // The scores of the groups used become NaN, one after the other.
  for (std::int32_t used = 0; used < spec.groups_used; ++used) {
    std::int32_t best = -1;
    for (std::int32_t g = 0; g < spec.groups; ++g) {
      if (group_scores[g] > minus_infinity && (best < 0 || group_scores[g] > group_scores[best])) best = g;
    }
    if (best < 0) break;
    group_scores[best] = std::numeric_limits<float>::quiet_NaN();
  }
  for (std::int32_t g = 0; g < spec.groups; ++g) {
    if (std::isnan(group_scores[g])) continue;
    for (std::int32_t e = g * size; e < (g + 1) * size; ++e) {
      if (flagged(edits, e, EditTable::disable) || flagged(edits, e, EditTable::force)) continue;
      selection[e] = minus_infinity;
    }
  }
}

// given [k] or null.
void choose(const RouterSpec& spec, const RowEdits& edits, const std::int32_t* given, std::int32_t k,
            const float* selection, Chosen& chosen) {
  if (given) {
    for (std::int32_t j = 0; j < k; ++j) {
      const bool again = std::find(chosen.ids, chosen.ids + chosen.count, given[j]) != chosen.ids + chosen.count;
      if (given[j] >= 0 && given[j] < spec.experts && !again) chosen.offer(given[j], 0, k);
    }
    return;
  }
  std::int32_t forced = 0;
  if (edits.flags) {
    for (std::int32_t e = 0; e < spec.experts; ++e) {
      if (edits.flags[e] == EditTable::force) chosen.offer(e, 0, k);
    }
    forced = chosen.count;
  }
  for (std::int32_t e = 0; e < spec.experts; ++e) {
    if (selection[e] > minus_infinity && !flagged(edits, e, EditTable::force)) chosen.offer(e, forced, k);
  }
  if (forced > 0) {
    std::sort(chosen.ids, chosen.ids + chosen.count,
              [&](std::int32_t a, std::int32_t b) { return chosen.better(a, b); });
  }
}

// Scores of the chosen [count], before normalising.
void gather_scores(const RouterSpec& spec, const float* scores, const std::int32_t* ids, std::int32_t count, float* out) {
  for (std::int32_t j = 0; j < count; ++j) out[j] = scores[ids[j]];
  if (spec.score == RouterScore::softmax_after_top_k) softmax(out, count);
  if (spec.score == RouterScore::sigmoid_after_top_k) {
    for (std::int32_t j = 0; j < count; ++j) out[j] = static_cast<float>(portable::sigmoid(out[j]));
  }
}

float normaliser(const RouterSpec& spec, const float* scores, std::int32_t count) {
  float sum = 0.0f;
  for (std::int32_t j = 0; j < count; ++j) sum += scores[j];
  return sum + spec.normalise_epsilon;
}

void record(const Batch& batch, std::int32_t row, std::int32_t routed_layer, const RouterSpec& spec, std::int32_t count,
            const std::int32_t* ids, const float* weights, const float* selection) {
  if (!batch.trace) return;
  const TraceRow& trace = batch.trace[row];
  const std::int64_t offset = static_cast<std::int64_t>(routed_layer) * batch.trace_k;
  for (std::int32_t j = 0; j < batch.trace_k; ++j) {
    if (trace.ids) trace.ids[offset + j] = j < count ? static_cast<std::uint16_t>(ids[j]) : no_expert;
    if (trace.weights) trace.weights[offset + j] = j < count ? weights[j] : 0.0f;
  }
  if (trace.scores) {
    float* const out = trace.scores + static_cast<std::int64_t>(routed_layer) * batch.trace_experts;
    std::copy_n(selection, std::min(spec.experts, batch.trace_experts), out);
  }
}

}  // namespace

void route_rows(const RouterSpec& spec, const float* logits, const float* selection_bias, const Batch& batch,
                std::int32_t routed_layer, std::int32_t first, std::int32_t last, std::int32_t places, std::int32_t* ids,
                float* weights, float* scratch) {
  assert(spec.groups >= 1 && spec.experts % spec.groups == 0);
  float* const scores = scratch;                     // [experts]
  float* const selection = scratch + spec.experts;   // [experts]
  float* const group_scores = selection + spec.experts;  // [groups]
  for (std::int32_t row = first; row < last; ++row) {
    const RowEdits edits = edits_of(batch, row, routed_layer);
    boosted_logits(logits + static_cast<std::int64_t>(row) * spec.experts, edits, spec.experts, scores);
    score_all(spec.score, scores, spec.experts);
    for (std::int32_t e = 0; e < spec.experts; ++e) {
      selection[e] = selection_bias ? scores[e] + selection_bias[e] : scores[e];
      if (flagged(edits, e, EditTable::disable)) selection[e] = minus_infinity;
    }
    if (spec.group_score != GroupScore::none && spec.groups_used < spec.groups) {
      limit_groups(spec, edits, selection, group_scores);
    }

    std::int32_t* const row_ids = ids + static_cast<std::int64_t>(row) * places;
    float* const row_weights = weights + static_cast<std::int64_t>(row) * places;
    const std::int32_t k = std::min(batch.row_top_k(row, routed_layer, spec.top_k), places);
    Chosen chosen{row_ids, 0, selection};
    choose(spec, edits, batch.given_ids(row, routed_layer), k, selection, chosen);

    gather_scores(spec, scores, row_ids, chosen.count, row_weights);
    if (spec.normalise) {
      const float sum = normaliser(spec, row_weights, chosen.count);
      for (std::int32_t j = 0; j < chosen.count; ++j) row_weights[j] = sum > 0.0f ? row_weights[j] / sum : 0.0f;
    }
    for (std::int32_t j = 0; j < chosen.count; ++j) row_weights[j] *= spec.scale;
    std::fill(row_ids + chosen.count, row_ids + places, -1);
    std::fill(row_weights + chosen.count, row_weights + places, 0.0f);
    record(batch, row, routed_layer, spec, chosen.count, row_ids, row_weights, selection);
  }
}

void route_rows_backward(const RouterSpec& spec, const float* dweights, const float* logits, const std::int32_t* ids,
                         const Batch& batch, std::int32_t routed_layer, std::int32_t first, std::int32_t last,
                         std::int32_t places, float* dlogits, float* scratch) {
  float* const x = scratch;                       // [experts] scores
  float* const chosen = scratch + spec.experts;   // [count] scores of the chosen
  for (std::int32_t row = first; row < last; ++row) {
    const std::int32_t* const row_ids = ids + static_cast<std::int64_t>(row) * places;
    const float* const dw = dweights + static_cast<std::int64_t>(row) * places;
    const float* const row_logits = logits + static_cast<std::int64_t>(row) * spec.experts;
    float* const dl = dlogits + static_cast<std::int64_t>(row) * spec.experts;
    const RowEdits edits = edits_of(batch, row, routed_layer);
    std::fill_n(dl, spec.experts, 0.0f);
    const auto count = static_cast<std::int32_t>(std::find(row_ids, row_ids + places, -1) - row_ids);
    if (count == 0) continue;
    boosted_logits(row_logits, edits, spec.experts, x);
    score_all(spec.score, x, spec.experts);
    gather_scores(spec, x, row_ids, count, chosen);

    // Through scale and normalising: w_j = scale s_j / (sum s + epsilon).
    double sum = 1.0, dot = 0.0;
    if (spec.normalise) {
      sum = normaliser(spec, chosen, count);
      for (std::int32_t j = 0; j < count; ++j) dot += static_cast<double>(dw[j]) * chosen[j];
      if (sum <= 0.0) continue;
    }
    const auto dscore = [&](std::int32_t j) { return spec.scale * (dw[j] / sum - dot / (sum * sum)); };

    switch (spec.score) {
      case RouterScore::softmax: {
        double inner = 0.0;
        for (std::int32_t j = 0; j < count; ++j) inner += dscore(j) * chosen[j];
        for (std::int32_t e = 0; e < spec.experts; ++e) dl[e] = static_cast<float>(-inner * x[e]);
        for (std::int32_t j = 0; j < count; ++j) dl[row_ids[j]] += static_cast<float>(dscore(j) * chosen[j]);
        break;
      }
      case RouterScore::softmax_after_top_k: {
        double inner = 0.0;
        for (std::int32_t j = 0; j < count; ++j) inner += dscore(j) * chosen[j];
        for (std::int32_t j = 0; j < count; ++j) dl[row_ids[j]] += static_cast<float>(chosen[j] * (dscore(j) - inner));
        break;
      }
      case RouterScore::sigmoid:
      case RouterScore::sigmoid_after_top_k:
        for (std::int32_t j = 0; j < count; ++j) {
          dl[row_ids[j]] += static_cast<float>(dscore(j) * chosen[j] * (1.0 - chosen[j]));
        }
        break;
      case RouterScore::sqrt_softplus:
        for (std::int32_t j = 0; j < count; ++j) {
          const float logit = edits.boost ? row_logits[row_ids[j]] + edits.boost[row_ids[j]] : row_logits[row_ids[j]];
          if (chosen[j] > 0.0f) {
            dl[row_ids[j]] += static_cast<float>(dscore(j) * portable::sigmoid(logit) / (2.0 * chosen[j]));
          }
        }
        break;
    }
  }
}

}  // namespace roundhouse
