// SPDX-License-Identifier: Apache-2.0
#include "engine/model/weight_overlay.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <span>
#include <string_view>

#include "engine/io/safetensors_file.h"
#include "engine/io/safetensors_writer.h"
#include "engine/quant/dequantize.h"

namespace roundhouse {

namespace {

Error misfit(const std::string& weight, std::string expected, std::string received) {
  return {ErrorCode::invalid_argument, "put weights in place", weight, std::move(expected), std::move(received)};
}

// What comes behind "layers.N."; empty: no weight of a layer.
std::string_view part_of(std::string_view weight) {
  const std::size_t dot = weight.starts_with("layers.") ? weight.find('.', 7) : std::string_view::npos;
  return dot == std::string_view::npos ? std::string_view() : weight.substr(dot + 1);
}

bool replaceable(std::string_view weight) {
  constexpr std::string_view parts[] = {"router", "router.bias", "selection_bias", "experts.gate", "experts.up", "experts.down"};
  return std::find(std::begin(parts), std::end(parts), part_of(weight)) != std::end(parts);
}

std::size_t matrix_size(const Weight& weight) { return static_cast<std::size_t>(weight.rows * weight.cols); }

}  // namespace

std::int64_t WeightOverlay::parameters() const {
  std::int64_t count = 0;
  for (const Entry& entry : entries) count += static_cast<std::int64_t>(entry.values.size());
  return count;
}

Result<WeightOverlay::Entry> copy_weight(const TextModel& model, const std::string& weight, std::vector<std::int32_t> experts) {
  const WeightRef own = replaceable(weight) ? model.weights().find(weight) : nullptr;
  if (!own) return Error{ErrorCode::not_found, "copy weight", weight, "a router, selection bias or routed expert of this model", "none of that name"};
  WeightOverlay::Entry entry{weight, std::move(experts), {}};
  std::vector<std::int64_t> copied(entry.experts.begin(), entry.experts.end());
  if (copied.empty()) {
    for (std::int64_t e = 0; e < own->experts; ++e) copied.push_back(e);
  }
  entry.values.resize(copied.size() * matrix_size(*own));
  float* to = entry.values.data();
  for (const std::int64_t expert : copied) {
    if (expert < 0 || expert >= own->experts) {
      return Error{ErrorCode::invalid_argument, "copy weight", weight, "an expert of 0 to " + std::to_string(own->experts - 1), std::to_string(expert)};
    }
    for (std::int64_t row = 0; row < own->rows; ++row, to += own->cols) {
      const auto at = static_cast<std::uint64_t>(expert * own->rows + row);
      RH_TRY(dequantize_row(own->type, own->data + at * own->row_bytes(), own->cols, to));
    }
  }
  return entry;
}

Status check_overlay(const TextModel& model, const WeightOverlay& overlay) {
  std::set<std::string> taken;
  std::map<std::string, const WeightOverlay::Entry*> of_stack;  // by layer
  for (const WeightOverlay::Entry& entry : overlay.entries) {
    const WeightRef own = replaceable(entry.weight) ? model.weights().find(entry.weight) : nullptr;
    if (!own) return misfit(entry.weight, "a router, selection bias or routed expert of this model", "none of that name");
    if (!taken.insert(entry.weight).second) return misfit(entry.weight, "each weight once", "a second one");
    if (!entry.experts.empty()) {
      if (own->experts < 2) return misfit(entry.weight, "a whole weight", "single experts");
      if (entry.experts.front() < 0 || entry.experts.back() >= own->experts || !std::is_sorted(entry.experts.begin(), entry.experts.end()) ||
          std::adjacent_find(entry.experts.begin(), entry.experts.end()) != entry.experts.end()) {
        return misfit(entry.weight, "experts from 0 to " + std::to_string(own->experts - 1) + ", ascending", "others");
      }
      const std::string layer = entry.weight.substr(0, entry.weight.rfind('.'));
      const auto [other, fresh] = of_stack.try_emplace(layer, &entry);
      if (!fresh && other->second->experts != entry.experts) return misfit(entry.weight, "the experts of " + other->second->weight, "other ones");
    }
    const std::size_t count = (entry.experts.empty() ? static_cast<std::size_t>(own->experts) : entry.experts.size()) * matrix_size(*own);
    if (entry.values.size() != count) return misfit(entry.weight, std::to_string(count) + " numbers", std::to_string(entry.values.size()));
    if (!std::all_of(entry.values.begin(), entry.values.end(), [](float v) { return std::isfinite(v); })) return misfit(entry.weight, "finite numbers", "others");
  }
  return Ok{};
}

std::vector<WeightUpdate> overlay_updates(const TextModel& model, const WeightOverlay& overlay) {
  std::vector<WeightUpdate> updates;
  for (const WeightOverlay::Entry& entry : overlay.entries) {
    const WeightOverlay::Entry* const e = &entry;
    const auto place = [e](std::int64_t expert) -> std::ptrdiff_t {  // -1: not among them
      if (e->experts.empty()) return expert;
      const auto found = std::lower_bound(e->experts.begin(), e->experts.end(), expert);
      return found != e->experts.end() && *found == expert ? found - e->experts.begin() : -1;
    };
    const WeightRef own = model.weights().find(entry.weight);
    updates.push_back({entry.weight, [place](std::int64_t expert) { return place(expert) >= 0; },
                       [e, place, rows = own->rows, cols = own->cols](std::int64_t expert, std::int64_t row, float* values) {
                         std::copy_n(e->values.begin() + (place(expert) * rows + row) * cols, cols, values);
                       }});
  }
  return updates;
}

Status write_overlay(const std::string& path, const WeightOverlay& overlay, const TextModel& model) {
  RH_TRY(check_overlay(model, overlay));
  RH_ASSIGN(SafetensorsWriter writer, SafetensorsWriter::create(path));
  RH_TRY(writer.add_metadata("roundhouse", "weights in place of a model's own"));
  struct Part {
    std::string name;
    std::vector<std::int64_t> shape;
    std::span<const float> values;
  };
  std::vector<Part> parts;
  for (const WeightOverlay::Entry& entry : overlay.entries) {
    const WeightRef own = model.weights().find(entry.weight);
    const std::span<const float> values(entry.values);
    if (entry.experts.empty()) {
      parts.push_back({entry.weight, {own->experts, own->rows, own->cols}, values});
      continue;
    }
    for (std::size_t i = 0; i < entry.experts.size(); ++i) {
      parts.push_back({entry.weight + "." + std::to_string(entry.experts[i]), {own->rows, own->cols}, values.subspan(i * matrix_size(*own), matrix_size(*own))});
    }
  }
  for (const Part& part : parts) RH_TRY(writer.add_tensor(part.name, DType::f32, part.shape));
  for (const Part& part : parts) RH_TRY(writer.write_data(std::as_bytes(part.values)));
  return writer.finish();
}

Result<WeightOverlay> read_overlay(const std::string& path, const TextModel& model) {
  RH_ASSIGN(const SafetensorsFile file, SafetensorsFile::open(path));
  const auto refuse = [&](const std::string& name, std::string expected, std::string received) {
    return Error{ErrorCode::malformed, "read weights", name + " in " + path, std::move(expected), std::move(received)};
  };
  std::map<std::string, std::map<std::int32_t, std::vector<float>>> found;  // by weight and expert; -1: whole
  for (const SafetensorsTensor& tensor : file.tensors()) {
    std::string weight = tensor.name;
    std::int32_t expert = -1;
    const char* const end = weight.data() + weight.size();
    const std::size_t dot = weight.rfind('.');
    if (!replaceable(weight) && dot != std::string::npos) {
      const auto [stop, failed] = std::from_chars(weight.data() + dot + 1, end, expert);
      if (failed != std::errc() || stop != end || expert < 0) return refuse(tensor.name, "the name of a weight, or of an expert of one", "another one");
      weight.resize(dot);
    }
    const WeightRef own = replaceable(weight) ? model.weights().find(weight) : nullptr;
    if (!own) return refuse(tensor.name, "a router, selection bias or routed expert of this model", "none of that name");
    const std::vector<std::int64_t> shape = expert < 0 ? std::vector{own->experts, own->rows, own->cols} : std::vector{own->rows, own->cols};
    if (tensor.shape != shape) return refuse(tensor.name, "the weight's shape", "another one");
    RH_ASSIGN(std::vector<float> values, file.read_f32(tensor.name));
    if (!found[weight].emplace(expert, std::move(values)).second) return refuse(tensor.name, "each expert once", "a second time");
  }
  WeightOverlay overlay;
  for (auto& [weight, parts] : found) {
    WeightOverlay::Entry entry{weight, {}, {}};
    if (parts.begin()->first < 0 && parts.size() > 1) return refuse(weight, "the whole weight or experts of it", "both");
    for (auto& [expert, values] : parts) {
      if (expert >= 0) entry.experts.push_back(expert);
      entry.values.insert(entry.values.end(), values.begin(), values.end());
    }
    overlay.entries.push_back(std::move(entry));
  }
  if (overlay.entries.empty()) return refuse("tensors", "one or more", "none");
  RH_TRY(check_overlay(model, overlay));
  return overlay;
}

OverlayWeights::OverlayWeights(const TextModel& model, const WeightOverlay& overlay, std::uint32_t first_id) {
  for (const WeightOverlay::Entry& entry : overlay.entries) {
    const WeightRef own = model.weights().find(entry.weight);
    Weight& weight = weights_.emplace_back(*own);
    weight.id = first_id++;
    weight.type = DType::f32;
    weight.residency = Residency::host;
    weight.data = reinterpret_cast<const std::byte*>(entry.values.data());
    weight.bytes = entry.values.size() * sizeof(float);
    Tables& tables = tables_.emplace_back();
    if (entry.experts.empty()) continue;
    weight.experts = static_cast<std::int64_t>(entry.experts.size());
    tables.own.assign(static_cast<std::size_t>(own->experts), -1);
    tables.stacked.assign(static_cast<std::size_t>(own->experts), -1);
    for (std::size_t e = 0; e < tables.stacked.size(); ++e) tables.stacked[e] = static_cast<std::int32_t>(e);
    for (std::size_t i = 0; i < entry.experts.size(); ++i) {
      tables.own[static_cast<std::size_t>(entry.experts[i])] = static_cast<std::int32_t>(i);
      tables.stacked[static_cast<std::size_t>(entry.experts[i])] = -1;
    }
  }
}

void OverlayWeights::put_into(std::vector<LayerWeights>& layers) const {
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const Weight& weight = weights_[i];
    std::size_t index = 0;
    std::from_chars(weight.name.data() + 7, weight.name.data() + weight.name.size(), index);
    MoeWeights& moe = layers[index].moe;
    const std::string_view part = part_of(weight.name);
    const bool single = !tables_[i].own.empty();
    if (single) {
      moe.experts.own.own = tables_[i].own.data();
      moe.experts.own.stacked = tables_[i].stacked.data();
    }
    if (part == "router") moe.router = &weight;
    if (part == "router.bias") moe.router_bias = &weight;
    if (part == "selection_bias") moe.selection_bias = &weight;
    if (part == "experts.gate") (single ? moe.experts.own.gate : moe.experts.gate) = &weight;
    if (part == "experts.up") (single ? moe.experts.own.up : moe.experts.up) = &weight;
    if (part == "experts.down") (single ? moe.experts.own.down : moe.experts.down) = &weight;
  }
}

}  // namespace roundhouse
