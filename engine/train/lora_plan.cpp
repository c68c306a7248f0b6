// SPDX-License-Identifier: Apache-2.0
#include "engine/train/lora_plan.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string_view>

namespace roundhouse {

namespace {

bool fits(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(p), pattern.end(), [](char c) { return c == '*'; });
}

std::vector<std::string> patterns_of(const std::string& target) {
  if (target == "all") return {"layers.*"};
  if (target == "attention") return {"layers.*.q", "layers.*.k", "layers.*.v", "layers.*.output"};
  if (target == "dense" || target == "shared" || target == "experts") return {"layers.*." + target + ".*"};
  return {target};
}

Error refuse(std::string what, std::string expected, std::string received) {
  return {ErrorCode::invalid_argument, "plan adapter", std::move(what), std::move(expected), std::move(received)};
}

bool routed(std::string_view weight) { return weight.find(".experts.") != std::string_view::npos; }

using ExpertChoice = std::map<std::int32_t, std::vector<std::int32_t>>;

// The plan's choice, sorted and without repetition; each must be an expert of one of the `chosen` weights.
Result<ExpertChoice> trained_experts(const TextModel& model, const LoraPlan& plan, const std::set<std::string>& chosen) {
  ExpertChoice choice;
  for (const auto& [layer, ids] : plan.experts) {
    const std::string where = "experts of layer " + std::to_string(layer);
    const auto weight = std::find_if(chosen.begin(), chosen.end(), [&, layer = layer](const std::string& name) { return routed(name) && adaptable_layer(name) == layer; });
    if (weight == chosen.end()) return refuse(where, "routed experts among the targets", "none in this layer");
    const std::int64_t count = model.weights().find(*weight)->experts;
    std::vector<std::int32_t> sorted = ids;
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    if (sorted.empty()) return refuse(where, "one or more", "none");
    for (const std::int32_t id : sorted) {
      if (id < 0 || id >= count) return refuse(where, "0 to " + std::to_string(count - 1), std::to_string(id));
    }
    choice[layer] = std::move(sorted);
  }
  return choice;
}

// Uniform in [-1, 1), the same on every machine (the standard library's distributions are not).
float uniform(std::mt19937_64& random) { return static_cast<float>(random() >> 40) * 0x1p-23f - 1.0f; }

}  // namespace

Result<LoraAdapter> plan_lora(const TextModel& model, const LoraPlan& plan, std::string name) {
  constexpr std::int64_t largest_rank = 4096;
  if (plan.rank < 1 || plan.rank > largest_rank) return refuse("rank", "1 to " + std::to_string(largest_rank), std::to_string(plan.rank));
  if (!std::isfinite(plan.alpha) || plan.alpha <= 0.0) return refuse("alpha", "more than 0", std::to_string(plan.alpha));
  std::vector<std::string> adaptable;  // in the order of the model's weights
  for (const Weight& weight : model.weights().all()) {
    if (adaptable_weight(model.weights(), weight.name)) adaptable.push_back(weight.name);
  }
  const auto named = [&](const std::vector<std::string>& targets, const char* what) -> Result<std::set<std::string>> {
    std::set<std::string> found;
    for (const std::string& target : targets) {
      bool any = false;
      for (const std::string& pattern : patterns_of(target)) {
        for (const std::string& weight : adaptable) {
          if (!fits(pattern, weight)) continue;
          found.insert(weight);
          any = true;
        }
      }
      if (!any) return refuse(what, "a name that fits weights of this model", target);
    }
    return found;
  };
  RH_ASSIGN(std::set<std::string> chosen, named(plan.targets, "target"));
  RH_ASSIGN(const std::set<std::string> excluded, named(plan.exclude, "excluded target"));
  RH_ASSIGN(const auto trained, trained_experts(model, plan, chosen));
  std::erase_if(chosen, [&](const std::string& weight) {
    const bool left_out = !plan.experts.empty() && routed(weight) && !trained.contains(adaptable_layer(weight));
    return left_out || excluded.contains(weight);
  });
  if (chosen.empty()) return refuse("targets", "weights to train", "none");
  LoraAdapter adapter{std::move(name), {}, {}};
  std::mt19937_64 random(plan.seed);
  const double divisor = plan.rank_stabilised ? std::sqrt(static_cast<double>(plan.rank)) : static_cast<double>(plan.rank);
  for (const std::string& first : adaptable) {
    if (!chosen.contains(first)) continue;
    std::vector<std::string> weights{first};
    if (first.ends_with(".experts.gate")) weights.push_back(first.substr(0, first.size() - 4) + "up");
    if (first.ends_with(".experts.up")) {
      if (chosen.contains(first.substr(0, first.size() - 2) + "gate")) continue;  // it goes with its gate
    }
    std::erase_if(weights, [&](const std::string& weight) { return !chosen.contains(weight); });
    const WeightRef base = model.weights().find(first);
    LoraModule module{first, {}, base->experts, plan.rank, base->cols, static_cast<float>(plan.alpha / divisor), {}};
    const float bound = 1.0f / std::sqrt(static_cast<float>(base->cols));
    module.a.resize(static_cast<std::size_t>(base->experts * plan.rank * base->cols));
    for (float& value : module.a) value = bound * uniform(random);
    if (const auto only = trained.find(adaptable_layer(first)); only != trained.end() && routed(first)) {
      module.trained_experts = only->second;
      const std::int64_t each = plan.rank * base->cols;
      for (std::int64_t e = 0; e < base->experts; ++e) {
        if (!std::binary_search(only->second.begin(), only->second.end(), e)) std::fill_n(module.a.begin() + e * each, each, 0.0f);
      }
    }
    for (const std::string& weight : weights) {
      const WeightRef own = model.weights().find(weight);
      module.targets.push_back({weight, own->rows, std::vector<float>(static_cast<std::size_t>(own->experts * own->rows * plan.rank))});
    }
    for (LoraModule::Target& target : module.targets) {
      if (!plan.magnitudes) break;
      RH_ASSIGN(target.magnitude, row_norms(*model.weights().find(target.weight), module, target));
    }
    adapter.modules.push_back(std::move(module));
  }
  RH_TRY(check_adapter(model, adapter));
  return adapter;
}

Result<LoraAdapter> plan_bottlenecks(const TextModel& model, const LoraPlan& plan, std::string name) {
  constexpr std::int64_t widest = 4096;
  if (plan.rank < 1 || plan.rank > widest) return refuse("width", "1 to " + std::to_string(widest), std::to_string(plan.rank));
  const auto layer_count = static_cast<std::int32_t>(model.spec().layers.size());
  const auto name_of = [](std::int32_t layer) { return "layers." + std::to_string(layer) + ".bottleneck"; };
  std::set<std::int32_t> chosen;
  for (const std::string& target : plan.targets) {
    bool any = false;
    for (const std::string& pattern : patterns_of(target)) {
      for (std::int32_t layer = 0; layer < layer_count; ++layer) {
        if (!fits(pattern, name_of(layer))) continue;
        chosen.insert(layer);
        any = true;
      }
      for (const Weight& weight : model.weights().all()) {
        if (!adaptable_weight(model.weights(), weight.name) || !fits(pattern, weight.name)) continue;
        chosen.insert(adaptable_layer(weight.name));
        any = true;
      }
    }
    if (!any) return refuse("target", "a name that fits weights of this model", target);
  }
  for (const std::string& pattern : plan.exclude) {
    bool any = false;
    for (std::int32_t layer = 0; layer < layer_count; ++layer) {
      if (!fits(pattern, name_of(layer))) continue;
      chosen.erase(layer);
      any = true;
    }
    if (!any) return refuse("excluded target", "the name of a layer's bottleneck, as " + name_of(0), pattern);
  }
  if (chosen.empty()) return refuse("targets", "layers to train", "none");
  LoraAdapter adapter;
  adapter.name = std::move(name);
  std::mt19937_64 random(plan.seed);
  const auto outer = static_cast<std::size_t>(model.spec().width), width = static_cast<std::size_t>(plan.rank);
  const float bound = 1.0f / std::sqrt(static_cast<float>(outer));
  for (const std::int32_t layer : chosen) {
    BottleneckModule& module = adapter.bottlenecks.emplace_back();
    module.layer = layer;
    module.width = plan.rank;
    module.down.resize(width * outer);
    for (float& value : module.down) value = bound * uniform(random);
    module.down_bias.resize(width);
    module.up.resize(outer * width);
    module.up_bias.resize(outer);
  }
  return adapter;
}

}  // namespace roundhouse
