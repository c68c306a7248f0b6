// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "roundhouse/result.h"

namespace roundhouse {

// Which layers of a model route, and over how many experts.
struct RoutedLayer {
  std::int32_t layer = 0;    // index among all the model's layers
  std::int32_t experts = 0;  // routed experts
  std::int32_t top_k = 0;    // experts a token uses without edits
  std::int32_t shared_experts = 0;
  std::string score;         // "softmax", "sigmoid", "softmax after top-k", ...
};

struct RoutingLayout {
  std::vector<RoutedLayer> layers;  // ascending by layer
  std::int32_t model_layers = 0;
  std::int32_t max_experts() const;
  std::int32_t max_top_k() const;
  // Position of model layer `layer` in `layers`, or -1.
  std::int32_t index_of(std::int32_t layer) const;
};

// What may be done to one expert of one layer.
enum class ExpertAction {
  disable,  // never selected: it gets no token
  boost,    // `amount` is added to its router logit before scoring (negative: suppressed)
  force,    // always among the selected, its weight from its own score
};

struct ExpertEdit {
  std::int32_t layer = 0;  // model layer; -1: every routed layer
  std::int32_t expert = 0;
  ExpertAction action = ExpertAction::disable;
  float amount = 0.0f;     // boost only, in logits
  bool operator==(const ExpertEdit&) const = default;
};

struct TopKEdit {
  std::int32_t layer = -1;  // model layer; -1: every routed layer
  std::int32_t top_k = 0;   // 1..experts
  bool operator==(const TopKEdit&) const = default;
};

// Changes to the routing of a session: a value; removing it restores the model. Later entries win over earlier ones,
// a layer's own over those for every layer. Rows before `from_position` keep the model's routing.
struct RoutingEdits {
  std::string name;  // shown as the label beside answers
  std::int32_t from_position = 0;
  std::vector<ExpertEdit> experts;
  std::vector<TopKEdit> top_k;

  bool empty() const { return experts.empty() && top_k.empty(); }
  bool operator==(const RoutingEdits&) const = default;

  // Checks every entry against a model: layers exist and route, experts exist, enough experts stay enabled.
  Status validate(const RoutingLayout& layout) const;
  std::string summary() const;  // one line: "layer 3: expert 5 disabled; top-k 2 everywhere"
  std::string to_json() const;  // also the file format, `{"roundhouse_routing_edits":1, ...}`
  static Result<RoutingEdits> from_json(const std::string& text);
  Status save(const std::string& path) const;
  static Result<RoutingEdits> load(const std::string& path);
};

}  // namespace roundhouse
