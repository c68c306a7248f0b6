// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/trace.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace roundhouse {

RoutingTrace::RoutingTrace(RoutingLayout layout, int top_k, bool with_scores,
                           std::vector<std::shared_ptr<const TraceChunk>> chunks, int token_count, int prompt_tokens,
                           TraceProvenance provenance)
    : layout_(std::move(layout)), provenance_(std::move(provenance)), chunks_(std::move(chunks)), token_count_(token_count),
      prompt_tokens_(prompt_tokens), top_k_(top_k), score_stride_(layout_.max_experts()), with_scores_(with_scores) {}

namespace {
std::size_t place(int token, int layer, int layers, int stride) {
  return (static_cast<std::size_t>(token % TraceChunk::tokens) * static_cast<std::size_t>(layers) +
          static_cast<std::size_t>(layer)) * static_cast<std::size_t>(stride);
}
}  // namespace

std::int32_t RoutingTrace::token_id(int token) const {
  return chunks_[static_cast<std::size_t>(token / TraceChunk::tokens)]->token_ids[static_cast<std::size_t>(token % TraceChunk::tokens)];
}

std::span<const std::uint16_t> RoutingTrace::ids(int token, int layer) const {
  const TraceChunk& chunk = *chunks_[static_cast<std::size_t>(token / TraceChunk::tokens)];
  return {chunk.ids.data() + place(token, layer, layer_count(), top_k_), static_cast<std::size_t>(top_k_)};
}

std::span<const float> RoutingTrace::weights(int token, int layer) const {
  const TraceChunk& chunk = *chunks_[static_cast<std::size_t>(token / TraceChunk::tokens)];
  return {chunk.weights.data() + place(token, layer, layer_count(), top_k_), static_cast<std::size_t>(top_k_)};
}

std::span<const float> RoutingTrace::scores(int token, int layer) const {
  if (!with_scores_) return {};
  const TraceChunk& chunk = *chunks_[static_cast<std::size_t>(token / TraceChunk::tokens)];
  return {chunk.scores.data() + place(token, layer, layer_count(), score_stride_),
          static_cast<std::size_t>(layout_.layers[static_cast<std::size_t>(layer)].experts)};
}

LayerLoad layer_load(const RoutingTrace& trace, int layer, int first, int last) {
  LayerLoad load;
  const auto experts = static_cast<std::size_t>(trace.layout().layers[static_cast<std::size_t>(layer)].experts);
  load.assignments.assign(experts, 0);
  load.gate_mass.assign(experts, 0.0);
  load.utilisation.assign(experts, 0.0);
  for (int t = std::max(first, 0); t < std::min(last, trace.token_count()); ++t) {
    const auto ids = trace.ids(t, layer);
    const auto weights = trace.weights(t, layer);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] >= experts) continue;
      ++load.assignments[ids[i]];
      load.gate_mass[ids[i]] += weights[i];
    }
  }
  double total = 0, squares = 0, most = 0;
  for (const auto count : load.assignments) {
    const auto n = static_cast<double>(count);
    total += n;
    squares += n * n;
    most = std::max(most, n);
    load.unused_experts += count == 0;
  }
  if (total == 0) return load;
  const auto e = static_cast<double>(experts);
  const double mean = total / e;
  for (std::size_t i = 0; i < experts; ++i) {
    const double p = static_cast<double>(load.assignments[i]) / total;
    load.utilisation[i] = static_cast<double>(load.assignments[i]) / mean;
    if (p > 0 && experts > 1) load.entropy -= p * std::log(p) / std::log(e);
  }
  load.coefficient_of_variation = std::sqrt(std::max(0.0, squares / e - mean * mean)) / mean;
  load.max_violation = (most - mean) / mean;
  load.jain = total * total / (e * squares);
  return load;
}

TokenDecision token_decision(const RoutingTrace& trace, int token, int layer, int runners_up) {
  TokenDecision decision;
  const auto ids = trace.ids(token, layer);
  const auto weights = trace.weights(token, layer);
  const auto scores = trace.scores(token, layer);
  const float unknown = std::numeric_limits<float>::quiet_NaN();
  std::vector<bool> chosen(scores.size(), false);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] == no_expert) continue;
    if (ids[i] < chosen.size()) chosen[ids[i]] = true;
    decision.selected.push_back({ids[i], weights[i], ids[i] < scores.size() ? scores[ids[i]] : unknown});
  }
  // Entropy of the shares of the selected weights, or of all finite positive scores when they were recorded.
  std::vector<double> shares;
  if (scores.empty()) {
    for (const auto& c : decision.selected) shares.push_back(c.weight);
  } else {
    for (const float s : scores) shares.push_back(std::isfinite(s) && s > 0 ? s : 0.0);
  }
  double sum = 0;
  for (const double s : shares) sum += s;
  if (sum > 0 && shares.size() > 1) {
    for (const double s : shares) {
      if (s > 0) decision.entropy -= s / sum * std::log(s / sum) / std::log(static_cast<double>(shares.size()));
    }
  }
  decision.margin = std::numeric_limits<double>::quiet_NaN();
  if (scores.empty()) return decision;
  std::vector<int> rest;
  for (std::size_t e = 0; e < scores.size(); ++e) {
    if (!chosen[e]) rest.push_back(static_cast<int>(e));
  }
  std::stable_sort(rest.begin(), rest.end(), [&](int a, int b) { return scores[static_cast<std::size_t>(a)] > scores[static_cast<std::size_t>(b)]; });
  if (!rest.empty() && !decision.selected.empty()) {
    decision.margin = decision.selected.back().score - scores[static_cast<std::size_t>(rest.front())];
  }
  for (std::size_t i = 0; i < rest.size() && static_cast<int>(i) < runners_up; ++i) {
    decision.runners_up.push_back({rest[i], 0.0f, scores[static_cast<std::size_t>(rest[i])]});
  }
  return decision;
}

std::vector<double> co_activation(const RoutingTrace& trace, int layer, int first, int last) {
  const auto experts = static_cast<std::size_t>(trace.layout().layers[static_cast<std::size_t>(layer)].experts);
  std::vector<double> together(experts * experts, 0.0);
  for (int t = std::max(first, 0); t < std::min(last, trace.token_count()); ++t) {
    const auto ids = trace.ids(t, layer);
    for (const auto i : ids) {
      for (const auto j : ids) {
        if (i < experts && j < experts) together[i * experts + j] += 1.0;
      }
    }
  }
  for (std::size_t i = 0; i < experts; ++i) {
    const double own = together[i * experts + i];
    for (std::size_t j = 0; own > 0 && j < experts; ++j) together[i * experts + j] /= own;
  }
  return together;
}

std::vector<ExpertToken> top_tokens(const RoutingTrace& trace, int layer, int expert, int first, int last, int limit) {
  std::map<std::int32_t, ExpertToken> tokens;
  for (int t = std::max(first, 0); t < std::min(last, trace.token_count()); ++t) {
    const auto ids = trace.ids(t, layer);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] != expert) continue;
      ExpertToken& entry = tokens.try_emplace(trace.token_id(t), ExpertToken{trace.token_id(t), 0, 0.0}).first->second;
      ++entry.count;
      entry.gate_mass += trace.weights(t, layer)[i];
    }
  }
  std::vector<ExpertToken> sorted;
  for (const auto& [id, entry] : tokens) sorted.push_back(entry);
  std::stable_sort(sorted.begin(), sorted.end(), [](const ExpertToken& a, const ExpertToken& b) { return a.gate_mass > b.gate_mass; });
  if (static_cast<int>(sorted.size()) > limit) sorted.resize(static_cast<std::size_t>(std::max(limit, 0)));
  return sorted;
}

namespace {

Status comparable(const RoutingTrace& a, const RoutingTrace& b) {
  const auto fail = [](const std::string& expected, const std::string& received) {
    return Error{ErrorCode::invalid_argument, "compare traces", "layouts", expected, received};
  };
  if (a.layer_count() != b.layer_count()) return fail(std::to_string(a.layer_count()) + " routed layers", std::to_string(b.layer_count()));
  for (std::size_t i = 0; i < a.layout().layers.size(); ++i) {
    const int ea = a.layout().layers[i].experts, eb = b.layout().layers[i].experts;
    if (ea != eb) return fail(std::to_string(ea) + " experts in layer " + std::to_string(a.layout().layers[i].layer), std::to_string(eb));
  }
  return Ok{};
}

std::vector<double> shares(const RoutingTrace& trace, int layer) {
  const LayerLoad load = layer_load(trace, layer, 0, trace.token_count());
  double total = 0;
  for (const auto n : load.assignments) total += static_cast<double>(n);
  std::vector<double> p;
  for (const auto n : load.assignments) p.push_back(total > 0 ? static_cast<double>(n) / total : 0.0);
  return p;
}

}  // namespace

// JSD(p, q) = (KL(p, m) + KL(q, m)) / 2 with m = (p + q) / 2, logarithms to base 2 (Lin 1991).
Result<std::vector<double>> layer_divergence(const RoutingTrace& a, const RoutingTrace& b) {
  RH_TRY(comparable(a, b));
  std::vector<double> result;
  for (int layer = 0; layer < a.layer_count(); ++layer) {
    const auto p = shares(a, layer), q = shares(b, layer);
    double sum = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double m = (p[i] + q[i]) / 2;
      if (p[i] > 0) sum += p[i] * std::log2(p[i] / m) / 2;
      if (q[i] > 0) sum += q[i] * std::log2(q[i] / m) / 2;
    }
    result.push_back(std::max(0.0, sum));
  }
  return result;
}

Result<std::vector<double>> load_difference(const RoutingTrace& a, const RoutingTrace& b) {
  RH_TRY(comparable(a, b));
  std::vector<double> result;
  const auto stride = static_cast<std::size_t>(a.layout().max_experts());
  for (int layer = 0; layer < a.layer_count(); ++layer) {
    const auto p = shares(a, layer), q = shares(b, layer);
    for (std::size_t i = 0; i < stride; ++i) result.push_back(i < p.size() ? q[i] - p[i] : 0.0);
  }
  return result;
}

}  // namespace roundhouse
