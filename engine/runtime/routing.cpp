// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/routing.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "engine/io/atomic_file.h"

namespace roundhouse {

namespace {

using Json = nlohmann::json;

const char* action_name(ExpertAction action) {
  switch (action) {
    case ExpertAction::disable: return "disable";
    case ExpertAction::boost: return "boost";
    case ExpertAction::force: return "force";
  }
  return "disable";
}

Error malformed(const std::string& object, const std::string& expected, const std::string& received) {
  return {ErrorCode::malformed, "read routing edits", object, expected, received};
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
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<RoutingEdits> RoutingEdits::from_json(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("roundhouse_routing_edits")) {
    return malformed("text", "a JSON object with roundhouse_routing_edits", text.substr(0, 40));
  }
  if (json["roundhouse_routing_edits"] != 1) {
    return malformed("roundhouse_routing_edits", "version 1", json["roundhouse_routing_edits"].dump());
  }
  const auto integer = [](const Json& row, const char* key, std::int32_t fallback) -> Result<std::int32_t> {
    if (!row.contains(key)) return fallback;
    if (!row[key].is_number_integer() || row[key] < -1 || row[key] > 1'000'000'000) {
      return malformed(key, "an integer from -1", row[key].dump());
    }
    return row[key].get<std::int32_t>();
  };
  RoutingEdits edits;
  if (json.contains("name")) {
    if (!json["name"].is_string()) return malformed("name", "a string", json["name"].dump());
    edits.name = json["name"].get<std::string>();
  }
  RH_ASSIGN(edits.from_position, integer(json, "from_position", 0));
  for (const char* key : {"experts", "top_k"}) {
    if (json.contains(key) && !json[key].is_array()) return malformed(key, "an array", json[key].dump().substr(0, 40));
  }
  for (const Json& row : json.value("experts", Json::array())) {
    if (!row.is_object()) return malformed("experts", "objects", row.dump().substr(0, 40));
    ExpertEdit edit;
    RH_ASSIGN(edit.layer, integer(row, "layer", -1));
    RH_ASSIGN(edit.expert, integer(row, "expert", -1));
    const Json action = row.value("action", Json());
    if (action == "disable") edit.action = ExpertAction::disable;
    else if (action == "boost") edit.action = ExpertAction::boost;
    else if (action == "force") edit.action = ExpertAction::force;
    else return malformed("action", "disable, boost or force", action.dump());
    const Json amount = row.value("amount", Json(0.0));
    if (!amount.is_number()) return malformed("amount", "a number", amount.dump());
    edit.amount = amount.get<float>();
    edits.experts.push_back(edit);
  }
  for (const Json& row : json.value("top_k", Json::array())) {
    if (!row.is_object()) return malformed("top_k", "objects", row.dump().substr(0, 40));
    TopKEdit edit;
    RH_ASSIGN(edit.layer, integer(row, "layer", -1));
    RH_ASSIGN(edit.top_k, integer(row, "top_k", 0));
    edits.top_k.push_back(edit);
  }
  return edits;
}

Status RoutingEdits::save(const std::string& path) const { return write_file_atomically(path, to_json() + '\n'); }

Result<RoutingEdits> RoutingEdits::load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{ErrorCode::not_found, "load routing edits", path, "a readable file", "none"};
  std::string text;
  char block[65536];
  while (file.read(block, sizeof block) || file.gcount() > 0) {
    text.append(block, static_cast<std::size_t>(file.gcount()));
    if (text.size() > (std::size_t{16} << 20)) return Error{ErrorCode::limit, "load routing edits", path, "at most 16 MiB", "more"};
  }
  auto edits = from_json(text);
  if (!edits.ok()) {
    Error error = edits.error();
    error.object += " in " + path;
    return error;
  }
  return edits;
}

}  // namespace roundhouse
