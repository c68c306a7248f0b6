// SPDX-License-Identifier: Apache-2.0
#include "engine/model/lora.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>
#include <unordered_set>

#include "engine/model/weight_update.h"
#include "engine/quant/dequantize.h"
#include "roundhouse/model.h"

namespace roundhouse {

namespace {

Error misfit(const LoraAdapter& adapter, const LoraModule& module, std::string expected, std::string received) {
  return {ErrorCode::invalid_argument, "apply adapter", module.name + " of " + adapter.name, std::move(expected), std::move(received)};
}

std::string shape(std::int64_t experts, std::int64_t rows, std::int64_t cols) {
  return (experts > 1 ? std::to_string(experts) + " x " : std::string()) + std::to_string(rows) + " x " + std::to_string(cols);
}

bool finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

}  // namespace

std::string adapter_name(const std::string& path) {
  std::filesystem::path name(path);
  if (!name.has_filename()) name = name.parent_path();  // a folder's with a slash at its end
  name = name.filename();
  return name.extension() == ".gguf" || name.extension() == ".safetensors" ? name.stem().string() : name.string();
}

std::int64_t LoraModule::parameters() const {
  std::int64_t count = static_cast<std::int64_t>(a.size());
  for (const Target& target : targets) count += static_cast<std::int64_t>(target.b.size() + target.magnitude.size());
  return count;
}

std::int64_t LoraAdapter::parameters() const {
  std::int64_t count = 0;
  for (const LoraModule& module : modules) count += module.parameters();
  for (const BottleneckModule& module : bottlenecks) count += module.parameters();
  return count;
}

bool has_magnitudes(const LoraAdapter& adapter) {
  return std::any_of(adapter.modules.begin(), adapter.modules.end(), [](const LoraModule& module) {
    return std::any_of(module.targets.begin(), module.targets.end(), [](const LoraModule::Target& target) { return !target.magnitude.empty(); });
  });
}

std::int32_t adaptable_layer(const std::string& canonical) {
  std::int32_t layer = -1;
  if (canonical.starts_with("layers.")) std::from_chars(canonical.data() + 7, canonical.data() + canonical.size(), layer);
  return layer;
}

bool adaptable_name(const std::string& canonical) {
  static const std::unordered_set<std::string> parts = {"q", "k", "v", "output", "dense.gate", "dense.up", "dense.down",
                                                        "experts.gate", "experts.up", "experts.down", "shared.gate", "shared.up", "shared.down"};
  if (adaptable_layer(canonical) < 0) return false;
  const std::size_t dot = canonical.find('.', 7);
  return dot != std::string::npos && parts.contains(canonical.substr(dot + 1));
}

WeightRef adaptable_weight(const Weights& weights, const std::string& canonical) {
  return adaptable_name(canonical) ? weights.find(canonical) : nullptr;
}

Status check_adapter(const TextModel& model, const LoraAdapter& adapter) {
  std::unordered_set<std::string> taken;
  for (const LoraModule& module : adapter.modules) {
    if (module.targets.empty() || module.rank < 1) return misfit(adapter, module, "a weight and a rank of 1 or more", "none");
    if (!std::isfinite(module.scale)) return misfit(adapter, module, "a finite scale", std::to_string(module.scale));
    if (module.a.size() != static_cast<std::size_t>(module.experts * module.rank * module.cols) || !finite(module.a)) {
      return misfit(adapter, module, shape(module.experts, module.rank, module.cols) + " finite numbers of A", std::to_string(module.a.size()));
    }
    for (const LoraModule::Target& target : module.targets) {
      const Weight* const weight = adaptable_weight(model.weights(), target.weight);
      if (!weight) return misfit(adapter, module, "a weight of this model that can be adapted", target.weight);
      if (adaptable_layer(target.weight) != adaptable_layer(module.targets.front().weight)) {
        return misfit(adapter, module, "weights of one layer under one A", target.weight);
      }
      if (!taken.insert(target.weight).second) return misfit(adapter, module, "each weight once", target.weight + " twice");
      if (weight->experts != module.experts || weight->rows != target.rows || weight->cols != module.cols) {
        return misfit(adapter, module, target.weight + " of " + shape(module.experts, target.rows, module.cols),
                      shape(weight->experts, weight->rows, weight->cols));
      }
      if (target.b.size() != static_cast<std::size_t>(module.experts * target.rows * module.rank) || !finite(target.b)) {
        return misfit(adapter, module, shape(module.experts, target.rows, module.rank) + " finite numbers of B", std::to_string(target.b.size()));
      }
      const auto lengths = static_cast<std::size_t>(module.experts * target.rows);
      if (!target.magnitude.empty() && (target.magnitude.size() != lengths || !finite(target.magnitude))) {
        return misfit(adapter, module, std::to_string(lengths) + " finite magnitudes", std::to_string(target.magnitude.size()));
      }
    }
  }
  std::unordered_set<std::int32_t> layers;
  for (const BottleneckModule& module : adapter.bottlenecks) {
    const auto bad = [&](std::string expected, std::string received) {
      return Error{ErrorCode::invalid_argument, "apply adapter", "bottleneck of layer " + std::to_string(module.layer) + " of " + adapter.name, std::move(expected), std::move(received)};
    };
    const auto count = static_cast<std::int32_t>(model.spec().layers.size());
    if (module.layer < 0 || module.layer >= count) return bad("a layer below " + std::to_string(count), std::to_string(module.layer));
    if (!layers.insert(module.layer).second) return bad("one of a layer", "a second one");
    if (module.activation.kind == ActivationKind::swiglu_clamped) return bad("an activation of one input", "one of two");
    constexpr std::int64_t widest = std::int64_t{1} << 20;
    if (module.width < 1 || module.width > widest) return bad("a width of 1 to " + std::to_string(widest), std::to_string(module.width));
    const auto width = static_cast<std::size_t>(module.width), outer = static_cast<std::size_t>(model.spec().width);
    for (const auto& [values, size] : {std::pair<const std::vector<float>*, std::size_t>{&module.down, width * outer}, {&module.down_bias, width}, {&module.up, width * outer}, {&module.up_bias, outer}}) {
      if (values->size() != size || !finite(*values)) return bad(std::to_string(size) + " finite numbers", std::to_string(values->size()));
    }
  }
  return Ok{};
}

Result<std::vector<float>> row_norms(const Weight& weight, const LoraModule& module, const LoraModule::Target& target) {
  const auto cols = static_cast<std::size_t>(weight.cols), rows = static_cast<std::size_t>(weight.rows);
  std::vector<float> norms(static_cast<std::size_t>(weight.experts) * rows), values(cols);
  for (std::size_t row = 0; row < norms.size(); ++row) {
    RH_TRY(dequantize_row(weight.type, weight.data + row * weight.row_bytes(), weight.cols, values.data()));
    norms[row] = add_low_rank(module, target, row / rows, row % rows, values.data());
  }
  return norms;
}

float add_low_rank(const LoraModule& module, const LoraModule::Target& target, std::size_t expert, std::size_t row, float* values) {
  const auto cols = static_cast<std::size_t>(module.cols), rank = static_cast<std::size_t>(module.rank);
  const float* const a = module.a.data() + expert * rank * cols;
  const float* const b = target.b.data() + (expert * static_cast<std::size_t>(target.rows) + row) * rank;
  for (std::size_t j = 0; j < rank; ++j) {
    const float factor = module.scale * b[j];
    if (factor == 0.0f) continue;
    for (std::size_t c = 0; c < cols; ++c) values[c] += factor * a[j * cols + c];
  }
  double squares = 0.0;
  for (std::size_t c = 0; c < cols; ++c) squares += static_cast<double>(values[c]) * values[c];
  return squares > 0.0 ? static_cast<float>(std::sqrt(squares)) : 1.0f;
}

namespace {

// Rank places [at, at + module.rank) of a module of more rank: A, and B of one target times the scale and `factor`.
void place_rank(LoraModule& into, std::size_t target_at, std::int64_t at, const LoraModule& module, const LoraModule::Target& target, float factor = 1.0f) {
  const auto rank = static_cast<std::size_t>(module.rank), cols = static_cast<std::size_t>(module.cols), wide = static_cast<std::size_t>(into.rank);
  const auto first = static_cast<std::size_t>(at);
  for (std::size_t e = 0; e < static_cast<std::size_t>(module.experts); ++e) {
    std::copy_n(module.a.begin() + static_cast<std::ptrdiff_t>(e * rank * cols), rank * cols, into.a.begin() + static_cast<std::ptrdiff_t>((e * wide + first) * cols));
  }
  std::vector<float>& b = into.targets[target_at].b;
  for (std::size_t row = 0; row < static_cast<std::size_t>(module.experts * target.rows); ++row) {
    for (std::size_t j = 0; j < rank; ++j) b[row * wide + first + j] = factor * module.scale * target.b[row * rank + j];
  }
  into.targets[target_at].magnitude = target.magnitude;
}

LoraModule empty_module(const TextModel& model, const std::vector<std::string>& weights, std::int64_t rank) {
  const WeightRef first = model.weights().find(weights.front());
  LoraModule module{weights.front(), {}, first->experts, rank, first->cols, 1.0f, std::vector<float>(static_cast<std::size_t>(first->experts * rank * first->cols))};
  for (const std::string& name : weights) {
    const WeightRef weight = model.weights().find(name);
    module.targets.push_back({name, weight->rows, std::vector<float>(static_cast<std::size_t>(weight->experts * weight->rows * rank))});
  }
  return module;
}

}  // namespace

LoraAdapter uniform_adapter(const TextModel& model, const LoraAdapter& adapter, bool split) {
  struct Part {
    const LoraModule* module;
    const LoraModule::Target* target;
  };
  std::map<std::string, Part> parts;  // by weight
  for (const LoraModule& module : adapter.modules) {
    for (const LoraModule::Target& target : module.targets) parts[target.weight] = {&module, &target};
  }
  const auto partner = [&](const std::string& weight) {  // of an experts' gate: its up
    return !split && weight.ends_with(".experts.gate") ? weight.substr(0, weight.size() - 4) + "up" : std::string();
  };
  std::int64_t rank = 1;
  for (const auto& [weight, part] : parts) {
    const auto up = parts.find(partner(weight));
    const bool apart = up != parts.end() && up->second.module != part.module;
    rank = std::max(rank, part.module->rank + (apart ? up->second.module->rank : 0));
  }
  LoraAdapter out{adapter.name, {}, {}};
  for (const auto& [weight, part] : parts) {
    std::vector<std::string> weights{weight};
    if (!split && weight.ends_with(".experts.up")) {
      const std::string gate = weight.substr(0, weight.size() - 2) + "gate";
      if (parts.contains(gate)) continue;  // it went with its gate
      weights.insert(weights.begin(), gate);
    } else if (!partner(weight).empty()) {
      weights.push_back(partner(weight));
    }
    LoraModule& module = out.modules.emplace_back(empty_module(model, weights, rank));
    std::int64_t at = 0;
    const LoraModule* placed = nullptr;
    for (std::size_t t = 0; t < weights.size(); ++t) {
      const auto found = parts.find(weights[t]);
      if (found == parts.end()) continue;
      if (placed && found->second.module != placed) at += placed->rank;
      placed = found->second.module;
      place_rank(module, t, at, *placed, *found->second.target);
    }
  }
  return out;
}

Result<LoraAdapter> combine_adapters(const TextModel& model, std::span<const WeighedAdapter> parts, std::string name) {
  struct Part {
    const LoraModule* module;
    const LoraModule::Target* target;
    float factor;
  };
  std::map<std::string, std::vector<Part>> by_weight;
  for (const WeighedAdapter& part : parts) {
    if (has_magnitudes(*part.adapter)) {
      return Error{ErrorCode::unsupported, "add up adapters", part.adapter->name, "an adapter without magnitudes (DoRA)", "one with them"};
    }
    for (const LoraModule& module : part.adapter->modules) {
      for (const LoraModule::Target& target : module.targets) by_weight[target.weight].push_back({&module, &target, part.factor});
    }
  }
  LoraAdapter out{std::move(name), {}, {}};
  for (const auto& [weight, all] : by_weight) {
    std::int64_t rank = 0;
    for (const Part& part : all) rank += part.module->rank;
    LoraModule& module = out.modules.emplace_back(empty_module(model, {weight}, rank));
    std::int64_t at = 0;
    for (const Part& part : all) {
      place_rank(module, 0, at, *part.module, *part.target, part.factor);
      at += part.module->rank;
    }
  }
  return out;
}

Result<std::shared_ptr<const TextModel>> merge_adapter(const std::shared_ptr<const TextModel>& base, const LoraAdapter& adapter) {
  RH_TRY(check_adapter(*base, adapter));
  if (!adapter.bottlenecks.empty()) return Error{ErrorCode::unsupported, "merge adapter", adapter.name, "what weights can hold", "bottlenecks"};
  return update_weights(base, lora_updates(adapter));
}

}  // namespace roundhouse
