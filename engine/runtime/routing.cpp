// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/routing.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "engine/base/printable.h"
#include "engine/io/json.h"
#include "roundhouse/atomic_file.h"
#include "roundhouse/text_file.h"

namespace roundhouse {

namespace {

const char* action_name(ExpertAction action) {
  switch (action) {
    case ExpertAction::disable: return "disable";
    case ExpertAction::boost: return "boost";
    case ExpertAction::force: return "force";
  }
  return "disable";
}

constexpr JsonLimits file_limits{std::size_t{16} << 20, std::size_t{1} << 20, 8};  // an edit is one flat object

Result<std::int32_t> integer(const JsonView& row, const char* key, std::int32_t fallback) {
  RH_ASSIGN(const std::int64_t value, row.integer_or(key, fallback));
  if (value >= -1 && value <= 1'000'000'000) return static_cast<std::int32_t>(value);
  return Error{ErrorCode::malformed, "read routing edits", key, "an integer from -1", std::to_string(value)};
}

Result<ExpertAction> action_named(const std::string& name) {
  for (const ExpertAction action : {ExpertAction::disable, ExpertAction::boost, ExpertAction::force}) {
    if (name == action_name(action)) return action;
  }
  return Error{ErrorCode::malformed, "read routing edits", "action", "disable, boost or force", printable(name)};
}

Result<RoutingEdits> read_edits(const std::string& text, const std::string& name) {
  RH_ASSIGN(const Json json, parse_json(text, name, file_limits));
  RH_ASSIGN(const JsonView file, JsonView::of(json, name));
  RH_ASSIGN(const std::int64_t version, file.integer("roundhouse_routing_edits"));
  if (version != 1) return Error{ErrorCode::unsupported, "read routing edits", name, "version 1", std::to_string(version)};
  RoutingEdits edits;
  RH_ASSIGN(edits.name, file.string_or("name", {}));
  RH_ASSIGN(edits.from_position, integer(file, "from_position", 0));
  // The rows of an array of objects, one after the other.
  const auto each = [&](const char* key, const auto& read) -> Status {
    const Json* const rows = file.find(key);
    if (!rows) return Ok{};
    if (!rows->is_array()) return Error{ErrorCode::malformed, "read routing edits", key, "an array", "another kind of value"};
    for (const Json& element : *rows) {
      RH_ASSIGN(const JsonView row, JsonView::of(element, std::string(key) + " of " + name));
      RH_TRY(read(row));
    }
    return Ok{};
  };
  RH_TRY(each("experts", [&](const JsonView& row) -> Status {
    ExpertEdit edit;
    RH_ASSIGN(edit.layer, integer(row, "layer", -1));
    RH_ASSIGN(edit.expert, integer(row, "expert", -1));
    RH_ASSIGN(const std::string action, row.string("action"));
    RH_ASSIGN(edit.action, action_named(action));
    RH_ASSIGN(const double amount, row.number_or("amount", 0.0));
    edit.amount = static_cast<float>(amount);
    edits.experts.push_back(edit);
    return Ok{};
  }));
  RH_TRY(each("top_k", [&](const JsonView& row) -> Status {
    TopKEdit edit;
    RH_ASSIGN(edit.layer, integer(row, "layer", -1));
    RH_ASSIGN(edit.top_k, integer(row, "top_k", 0));
    edits.top_k.push_back(edit);
    return Ok{};
  }));
  return edits;
}

std::string where(std::int32_t layer) { return layer < 0 ? "every layer" : "layer " + std::to_string(layer); }

}  // namespace

std::int32_t RoutingLayout::max_experts() const {
  std::int32_t most = 0;
  for (const RoutedLayer& layer : layers) most = std::max(most, layer.experts);
  return most;
}

std::int32_t RoutingLayout::max_top_k() const {
  std::int32_t most = 0;
  for (const RoutedLayer& layer : layers) most = std::max(most, layer.top_k);
  return most;
}

std::int32_t RoutingLayout::index_of(std::int32_t layer) const {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].layer == layer) return static_cast<std::int32_t>(i);
  }
  return -1;
}

Status RoutingEdits::validate(const RoutingLayout& layout) const {
  const auto fail = [](const std::string& object, const std::string& expected, const std::string& received) {
    return Error{ErrorCode::invalid_argument, "check routing edits", object, expected, received};
  };
  if (empty()) return Ok{};
  if (layout.layers.empty()) return fail("model", "routed experts", "a dense model");
  if (from_position < 0) return fail("from_position", "0 or more", std::to_string(from_position));
  for (const ExpertEdit& edit : experts) {
    bool found = false;
    for (const RoutedLayer& layer : layout.layers) {
      if (edit.layer >= 0 && layer.layer != edit.layer) continue;
      found = true;
      if (edit.expert < 0 || edit.expert >= layer.experts) {
        return fail(where(layer.layer), "an expert from 0 to " + std::to_string(layer.experts - 1), std::to_string(edit.expert));
      }
    }
    if (!found) return fail(where(edit.layer), "a layer that routes", "one that does not");
    if (!std::isfinite(edit.amount)) return fail(where(edit.layer), "a finite boost", "another");
  }
  for (const TopKEdit& edit : top_k) {
    bool found = false;
    for (const RoutedLayer& layer : layout.layers) {
      if (edit.layer >= 0 && layer.layer != edit.layer) continue;
      found = true;
      if (edit.top_k < 1 || edit.top_k > layer.experts) {
        return fail(where(layer.layer), "a top-k from 1 to " + std::to_string(layer.experts), std::to_string(edit.top_k));
      }
    }
    if (!found) return fail(where(edit.layer), "a layer that routes", "one that does not");
  }
  for (const RoutedLayer& layer : layout.layers) {
    std::set<std::int32_t> disabled, forced;
    for (const bool own : {false, true}) {
      for (const ExpertEdit& edit : experts) {
        if (own ? edit.layer != layer.layer : edit.layer >= 0) continue;
        disabled.erase(edit.expert);
        forced.erase(edit.expert);
        if (edit.action == ExpertAction::disable) disabled.insert(edit.expert);
        if (edit.action == ExpertAction::force) forced.insert(edit.expert);
      }
    }
    std::int32_t k = layer.top_k;
    for (const bool own : {false, true}) {
      for (const TopKEdit& edit : top_k) {
        if (own ? edit.layer == layer.layer : edit.layer < 0) k = edit.top_k;
      }
    }
    const auto enabled = layer.experts - static_cast<std::int32_t>(disabled.size());
    if (enabled < k) return fail(where(layer.layer), "at least " + std::to_string(k) + " enabled experts", std::to_string(enabled));
    if (static_cast<std::int32_t>(forced.size()) > k) {
      return fail(where(layer.layer), "at most " + std::to_string(k) + " forced experts", std::to_string(forced.size()));
    }
  }
  return Ok{};
}

std::string RoutingEdits::summary() const {
  if (empty()) return "no edits";
  std::ostringstream text;
  const char* separator = "";
  for (const ExpertEdit& edit : experts) {
    text << separator << where(edit.layer) << ": expert " << edit.expert << ' ';
    if (edit.action == ExpertAction::boost) {
      text << "boosted by " << edit.amount;
    } else {
      text << (edit.action == ExpertAction::disable ? "disabled" : "forced");
    }
    separator = "; ";
  }
  for (const TopKEdit& edit : top_k) {
    text << separator << where(edit.layer) << ": top-k " << edit.top_k;
    separator = "; ";
  }
  if (from_position > 0) text << "; from token " << from_position;
  return text.str();
}

std::string RoutingEdits::to_json() const {
  Json json = {{"roundhouse_routing_edits", 1}, {"name", name}, {"from_position", from_position}};
  json["experts"] = Json::array();
  for (const ExpertEdit& edit : experts) {
    Json row = {{"layer", edit.layer}, {"expert", edit.expert}, {"action", action_name(edit.action)}};
    if (edit.action == ExpertAction::boost) row["amount"] = edit.amount;
    json["experts"].push_back(std::move(row));
  }
  json["top_k"] = Json::array();
  for (const TopKEdit& edit : top_k) json["top_k"].push_back({{"layer", edit.layer}, {"top_k", edit.top_k}});
  return dump_json(json);
}

Result<RoutingEdits> RoutingEdits::from_json(const std::string& text) { return read_edits(text, "routing edits"); }

Status RoutingEdits::save(const std::string& path) const { return write_file_atomically(path, to_json() + '\n'); }

Result<RoutingEdits> RoutingEdits::load(const std::string& path) {
  RH_ASSIGN(const std::string text, read_text_file(path, file_limits.bytes));
  auto edits = read_edits(text, path);
  if (edits.ok() || edits.error().object.find(path) != std::string::npos) return edits;
  Error error = edits.error();
  error.object += " in " + path;
  return error;
}

}  // namespace roundhouse
