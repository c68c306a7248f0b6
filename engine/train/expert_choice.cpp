// SPDX-License-Identifier: Apache-2.0
#include "engine/train/expert_choice.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "engine/io/json.h"
#include "roundhouse/atomic_file.h"
#include "roundhouse/text_file.h"

namespace roundhouse {

namespace {

Error refuse(std::string operation, std::string what, std::string expected, std::string received) {
  return {ErrorCode::invalid_argument, std::move(operation), std::move(what), std::move(expected), std::move(received)};
}

}  // namespace

ExpertScores::ExpertScores(RoutingLayout layout) : layout_(std::move(layout)) {
  for (const RoutedLayer& layer : layout_.layers) {
    gate_.emplace_back(static_cast<std::size_t>(layer.experts));
    tokens_.emplace_back(static_cast<std::size_t>(layer.experts));
  }
}

void ExpertScores::add(const Batch& batch, std::span<const std::int32_t> experts, std::span<const float> weights, std::int32_t k) {
  const auto places = static_cast<std::size_t>(k), each = places * layout_.layers.size();
  for (const BatchSequence& sequence : batch.sequences) {
    if (sequence.rows == 0) continue;
    ++samples_;
    const std::size_t first = static_cast<std::size_t>(sequence.first_row) * each, count = static_cast<std::size_t>(sequence.rows) * each;
    for (std::size_t i = first; i < first + count; ++i) {
      if (experts[i] < 0) continue;
      const std::size_t layer = i / places % layout_.layers.size();
      const auto expert = static_cast<std::size_t>(experts[i]);
      gate_[layer][expert] += static_cast<double>(weights[i]) / sequence.rows;
      tokens_[layer][expert] += 1.0 / layout_.layers[layer].top_k / sequence.rows;
    }
  }
}

std::vector<std::vector<double>> ExpertScores::scores(bool gate) const {
  std::vector<std::vector<double>> scores = gate ? gate_ : tokens_;
  for (std::vector<double>& layer : scores) {
    const double sum = std::accumulate(layer.begin(), layer.end(), 0.0);
    for (double& score : layer) score = sum > 0.0 ? score / sum : 0.0;
  }
  return scores;
}

Result<ExpertChoice> ExpertScores::choose(bool gate, double threshold) const {
  if (!(threshold > 0.0 && threshold <= 1.0)) return refuse("choose experts", "threshold", "more than 0, at most 1", std::to_string(threshold));
  if (samples_ == 0 || layout_.layers.empty()) {
    return refuse("choose experts", "samples", "one or more through a model that routes", std::to_string(samples_));
  }
  const auto all = scores(gate);
  ExpertChoice choice;
  for (std::size_t layer = 0; layer < all.size(); ++layer) {
    std::vector<std::int32_t> order(all[layer].size());
    std::iota(order.begin(), order.end(), 0);
    const auto score = [&](std::int32_t e) { return all[layer][static_cast<std::size_t>(e)]; };
    std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) { return score(a) > score(b); });
    std::vector<std::int32_t>& chosen = choice[layout_.layers[layer].layer];
    constexpr double rounding = 1e-12;
    for (double sum = 0.0; const std::int32_t expert : order) {
      if (!chosen.empty() && (sum >= threshold - rounding || score(expert) == 0.0)) break;
      chosen.push_back(expert);
      sum += score(expert);
    }
    std::sort(chosen.begin(), chosen.end());
  }
  return choice;
}

Result<WeightOverlay> whole_experts(const TextModel& model, const ExpertChoice& choice) {
  WeightOverlay overlay;
  for (const auto& [layer, experts] : choice) {
    const std::string stem = "layers." + std::to_string(layer) + ".experts.";
    if (!model.weights().find(stem + "down")) return refuse("take experts", "layer " + std::to_string(layer), "a layer with routed experts", "none");
    std::vector<std::int32_t> sorted = experts;
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    if (sorted.empty()) return refuse("take experts", "layer " + std::to_string(layer), "one expert or more", "none");
    for (const char* part : {"gate", "up", "down"}) {
      if (!model.weights().find(stem + part)) continue;
      RH_ASSIGN(WeightOverlay::Entry entry, copy_weight(model, stem + part, sorted));
      overlay.entries.push_back(std::move(entry));
    }
  }
  if (overlay.entries.empty()) return refuse("take experts", "choice", "an expert", "none");
  return overlay;
}

Result<WeightOverlay> whole_routers(const TextModel& model, bool matrices, bool biases) {
  WeightOverlay overlay;
  for (const RoutedLayer& layer : model.spec().routing_layout().layers) {
    const std::string stem = "layers." + std::to_string(layer.layer) + ".";
    std::vector<std::string> names;
    if (matrices) names.push_back(stem + "router");
    if (matrices && model.weights().find(stem + "router.bias")) names.push_back(stem + "router.bias");
    if (biases) {
      if (!model.weights().find(stem + "selection_bias")) {
        return refuse("balance routers", "layer " + std::to_string(layer.layer), "a model whose routers have a selection bias", "none, which its file could not hold either");
      }
      names.push_back(stem + "selection_bias");
    }
    for (const std::string& name : names) {
      RH_ASSIGN(WeightOverlay::Entry entry, copy_weight(model, name));
      overlay.entries.push_back(std::move(entry));
    }
  }
  if (overlay.entries.empty()) return refuse("train routers", "model", "a layer that routes", "none");
  return overlay;
}

Result<ExpertChoice> read_expert_choice(const std::string& path, const RoutingLayout& layout) {
  constexpr std::size_t largest = std::size_t{16} << 20;
  RH_ASSIGN(const std::string text, read_text_file(path, largest));
  RH_ASSIGN(const Json json, parse_json(text, path));
  RH_ASSIGN(const JsonView view, JsonView::of(json, path));
  for (const char* key : {"shared_experts", "non_expert_modules"}) {
    RH_ASSIGN(const bool wanted, view.boolean_or(key, false));
    if (wanted) return Error{ErrorCode::unsupported, "read choice of experts", std::string(key) + " in " + path, "false", "true"};
  }
  RH_ASSIGN(const JsonView experts, view.object("experts"));
  ExpertChoice choice;
  for (const auto& [name, ids] : experts.json().items()) {
    const auto bad = [&, name = name](std::string expected, std::string received) {
      return Error{ErrorCode::malformed, "read choice of experts", "layer " + name + " in " + path, std::move(expected), std::move(received)};
    };
    std::int32_t layer = -1;
    const auto [stop, failed] = std::from_chars(name.data(), name.data() + name.size(), layer);
    const std::int32_t index = failed == std::errc() && stop == name.data() + name.size() ? layout.index_of(layer) : -1;
    if (index < 0) return bad("a layer of this model that routes", "another one");
    const std::int32_t count = layout.layers[static_cast<std::size_t>(index)].experts;
    if (!ids.is_array()) return bad("a list of experts", dump_json(ids).substr(0, 80));
    if (ids.empty()) continue;
    std::vector<std::int32_t>& chosen = choice[layer];
    for (const Json& id : ids) {
      if (!id.is_number_integer() || id.get<std::int64_t>() < 0 || id.get<std::int64_t>() >= count) {
        return bad("experts from 0 to " + std::to_string(count - 1), dump_json(id).substr(0, 80));
      }
      chosen.push_back(id.get<std::int32_t>());
    }
    std::sort(chosen.begin(), chosen.end());
    if (std::adjacent_find(chosen.begin(), chosen.end()) != chosen.end()) return bad("each expert once", "one twice");
  }
  return choice;
}

Status write_expert_choice(const std::string& path, const ExpertChoice& choice) {
  Json experts = Json::object();
  for (const auto& [layer, ids] : choice) experts[std::to_string(layer)] = ids;
  const Json json = {{"experts", experts}, {"shared_experts", false}, {"non_expert_modules", false}};
  return write_file_atomically(path, dump_json(json, 2) + "\n");
}

}  // namespace roundhouse
