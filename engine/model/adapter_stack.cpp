// SPDX-License-Identifier: Apache-2.0
#include "engine/model/adapter_stack.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>

#include "engine/quant/dequantize.h"

namespace roundhouse {

namespace {

// Where the stacks of an adaptable weight go.
AdapterWeights& slot(std::vector<LayerWeights>& layers, const std::string& weight) {
  std::size_t index = 0;
  const char* const end = std::from_chars(weight.data() + 7, weight.data() + weight.size(), index).ptr;
  const std::string part(end + 1, weight.data() + weight.size());
  LayerWeights& layer = layers[index];
  if (part == "q") return layer.q.adapters;
  if (part == "k") return layer.k.adapters;
  if (part == "v") return layer.v.adapters;
  if (part == "output") return layer.output.adapters;
  FfnWeights& ffn = part.starts_with("dense.") ? layer.dense : part.starts_with("shared.") ? layer.moe.shared : layer.moe.experts;
  return part.ends_with(".gate") ? ffn.gate_adapters : part.ends_with(".up") ? ffn.up_adapters : ffn.down_adapters;
}

const LoraModule::Target* target_of(const LoraAdapter& adapter, const std::string& weight) {
  for (const LoraModule& module : adapter.modules) {
    for (const LoraModule::Target& target : module.targets) {
      if (target.weight == weight) return &target;
    }
  }
  return nullptr;
}

}  // namespace

Result<AdapterStack> AdapterStack::create(const TextModel& model, std::span<const LoraAdapter> adapters) {
  for (const LoraAdapter& adapter : adapters) RH_TRY(check_adapter(model, adapter));
  AdapterStack stack(model);
  stack.adapters_ = static_cast<std::int32_t>(adapters.size());
  stack.layers_ = model.weights().layers;

  std::map<std::string, std::vector<std::int32_t>> modules_of;  // of each weight: its module in each adapter
  for (std::size_t i = 0; i < adapters.size(); ++i) {
    for (std::size_t m = 0; m < adapters[i].modules.size(); ++m) {
      for (const LoraModule::Target& target : adapters[i].modules[m].targets) {
        modules_of.try_emplace(target.weight, adapters.size(), -1).first->second[i] = static_cast<std::int32_t>(m);
      }
    }
  }
  std::map<std::vector<std::int32_t>, std::size_t> group_of;
  for (const auto& [weight, modules] : modules_of) {
    const auto [found, fresh] = group_of.try_emplace(modules, stack.groups_.size());
    if (fresh) stack.groups_.emplace_back().modules = modules;
    stack.groups_[found->second].weights.push_back(weight);
  }
  auto id = static_cast<std::uint32_t>(model.weights().all().size());
  for (Group& group : stack.groups_) {
    for (std::size_t i = 0; i < adapters.size(); ++i) {
      if (group.modules[i] < 0) continue;
      const LoraModule& module = adapters[i].modules[static_cast<std::size_t>(group.modules[i])];
      group.experts = module.experts;
      group.cols = module.cols;
      group.rank = std::max(group.rank, module.rank);
    }
    const std::int64_t stacked = stack.adapters_ * group.experts;
    group.a = stack.add(group.weights.front() + ".lora_a", id++, stacked, group.rank, group.cols);
    for (const std::string& weight : group.weights) {
      group.b.push_back(stack.add(weight + ".lora_b", id++, stacked, model.weights().find(weight)->rows, group.rank));
      const bool sized = std::any_of(adapters.begin(), adapters.end(), [&](const LoraAdapter& adapter) {
        const LoraModule::Target* const target = target_of(adapter, weight);
        return target && !target->magnitude.empty();
      });
      const std::int64_t rows = model.weights().find(weight)->rows;
      const bool biased = model.weights().find(weight + ".bias");
      group.scale.push_back(sized ? stack.add(weight + ".lora_scale", id++, stacked, 1, rows) : none);
      group.shift.push_back(sized && biased ? stack.add(weight + ".lora_shift", id++, stacked, 1, rows) : none);
      group.norms.emplace_back(static_cast<std::size_t>(sized ? stacked * rows : 0), 1.0f);
      if (sized) std::fill(stack.values_[group.scale.back()].begin(), stack.values_[group.scale.back()].end(), 1.0f);
      slot(stack.layers_, weight) = stack.of(group, group.b.size() - 1);
    }
  }
  RH_TRY(stack.add_bottlenecks(adapters, id));
  for (std::size_t i = 0; i < adapters.size(); ++i) stack.set(static_cast<std::int32_t>(i), adapters[i]);
  return stack;
}

Status AdapterStack::add_bottlenecks(std::span<const LoraAdapter> adapters, std::uint32_t& id) {
  std::map<std::int32_t, const BottleneckModule*> first_of;  // by layer
  std::map<std::int32_t, std::int64_t> width_of;
  for (const LoraAdapter& adapter : adapters) {
    for (const BottleneckModule& module : adapter.bottlenecks) {
      const BottleneckModule* const first = first_of.try_emplace(module.layer, &module).first->second;
      if (first->activation.kind != module.activation.kind) {
        return Error{ErrorCode::unsupported, "stack adapters", "bottleneck of layer " + std::to_string(module.layer) + " of " + adapter.name, "the activation of the others", "another one"};
      }
      std::int64_t& width = width_of[module.layer];
      width = std::max(width, module.width);
    }
  }
  for (const auto& [layer, first] : first_of) {
    const std::string stem = "layers." + std::to_string(layer) + ".bottleneck.";
    const std::int64_t width = width_of[layer], outer = model_->spec().width;
    Bottlenecks& own = bottlenecks_.emplace_back(Bottlenecks{layer, width});
    own.down = add(stem + "down", id++, adapters_, width, outer);
    own.down_bias = add(stem + "down_bias", id++, adapters_, 1, width);
    own.up = add(stem + "up", id++, adapters_, outer, width);
    own.up_bias = add(stem + "up_bias", id++, adapters_, 1, outer);
    layers_[static_cast<std::size_t>(layer)].bottleneck = {&weights_[own.down], &weights_[own.down_bias], &weights_[own.up], &weights_[own.up_bias], first->activation};
  }
  return Ok{};
}

void AdapterStack::set_bottlenecks(std::int32_t index, const LoraAdapter& adapter) {
  for (const Bottlenecks& own : bottlenecks_) {
    const auto module = std::find_if(adapter.bottlenecks.begin(), adapter.bottlenecks.end(), [&](const BottleneckModule& m) { return m.layer == own.layer; });
    if (module == adapter.bottlenecks.end()) continue;
    const auto outer = static_cast<std::size_t>(model_->spec().width), width = static_cast<std::size_t>(module->width), wide = static_cast<std::size_t>(own.width);
    const auto at = static_cast<std::size_t>(index);
    std::copy(module->down.begin(), module->down.end(), values_[own.down].begin() + static_cast<std::ptrdiff_t>(at * wide * outer));
    std::copy(module->down_bias.begin(), module->down_bias.end(), values_[own.down_bias].begin() + static_cast<std::ptrdiff_t>(at * wide));
    for (std::size_t row = 0; row < outer; ++row) {
      std::copy_n(module->up.data() + row * width, width, values_[own.up].data() + (at * outer + row) * wide);
    }
    std::copy(module->up_bias.begin(), module->up_bias.end(), values_[own.up_bias].begin() + static_cast<std::ptrdiff_t>(at * outer));
  }
}

std::size_t AdapterStack::add(const std::string& name, std::uint32_t id, std::int64_t experts, std::int64_t rows, std::int64_t cols) {
  std::vector<float>& values = values_.emplace_back(static_cast<std::size_t>(experts * rows * cols));
  Weight& weight = weights_.emplace_back();
  weight.id = id;
  weight.name = weight.source_name = name;
  weight.residency = Residency::host;
  weight.experts = experts;
  weight.rows = rows;
  weight.cols = cols;
  weight.data = reinterpret_cast<const std::byte*>(values.data());
  weight.bytes = values.size() * sizeof(float);
  return weights_.size() - 1;
}

AdapterWeights AdapterStack::beside(const std::string& weight) const {
  for (const Group& group : groups_) {
    const auto found = std::find(group.weights.begin(), group.weights.end(), weight);
    if (found != group.weights.end()) return of(group, static_cast<std::size_t>(found - group.weights.begin()));
  }
  return {};
}

AdapterWeights AdapterStack::of(const Group& group, std::size_t weight) const {
  const auto at = [&](std::size_t index) -> WeightRef { return index == none ? nullptr : &weights_[index]; };
  return {at(group.a), at(group.b[weight]), at(group.scale[weight]), at(group.shift[weight])};
}

const std::vector<float>& AdapterStack::norms(const std::string& weight) const {
  static const std::vector<float> nothing;
  for (const Group& group : groups_) {
    const auto found = std::find(group.weights.begin(), group.weights.end(), weight);
    if (found != group.weights.end()) return group.norms[static_cast<std::size_t>(found - group.weights.begin())];
  }
  return nothing;
}

void AdapterStack::set_magnitudes(Group& group, std::size_t weight, std::int32_t index, const LoraModule& module, const LoraModule::Target& target) {
  const WeightRef base = model_->weights().find(target.weight), bias = model_->weights().find(target.weight + ".bias");
  const auto norms = row_norms(*base, module, target);
  if (!norms.ok()) return;  // of a type that nothing reads: no backend has prepared it either
  const std::size_t count = norms->size(), first = static_cast<std::size_t>(index) * count;
  std::copy(norms->begin(), norms->end(), group.norms[weight].begin() + static_cast<std::ptrdiff_t>(first));
  float* const scale = values_[group.scale[weight]].data() + first;
  for (std::size_t i = 0; i < count; ++i) scale[i] = target.magnitude[i] / (*norms)[i];
  if (group.shift[weight] == none) return;
  std::vector<float> values(count);
  for (std::size_t e = 0; e < static_cast<std::size_t>(bias->experts * bias->rows); ++e) {
    if (!dequantize_row(bias->type, bias->data + e * bias->row_bytes(), bias->cols, values.data() + e * static_cast<std::size_t>(bias->cols)).ok()) return;
  }
  float* const shift = values_[group.shift[weight]].data() + first;
  for (std::size_t i = 0; i < count; ++i) shift[i] = (1.0f - scale[i]) * values[i];  // the bias itself is not scaled
}

void AdapterStack::set(std::int32_t index, const LoraAdapter& adapter) {
  set_bottlenecks(index, adapter);
  for (Group& group : groups_) {
    const std::int32_t at = group.modules[static_cast<std::size_t>(index)];
    if (at < 0) continue;
    const LoraModule& module = adapter.modules[static_cast<std::size_t>(at)];
    const auto experts = static_cast<std::size_t>(group.experts), cols = static_cast<std::size_t>(group.cols);
    const auto rank = static_cast<std::size_t>(module.rank), padded = static_cast<std::size_t>(group.rank);
    const std::size_t first = static_cast<std::size_t>(index) * experts;
    for (std::size_t e = 0; e < experts; ++e) {
      std::copy_n(module.a.data() + e * rank * cols, rank * cols, values_[group.a].data() + (first + e) * padded * cols);
    }
    for (std::size_t w = 0; w < group.weights.size(); ++w) {
      const auto target = std::find_if(module.targets.begin(), module.targets.end(), [&](const auto& t) { return t.weight == group.weights[w]; });
      const auto rows = static_cast<std::size_t>(target->rows);
      float* const b = values_[group.b[w]].data() + first * rows * padded;
      for (std::size_t r = 0; r < experts * rows; ++r) {
        for (std::size_t j = 0; j < rank; ++j) b[r * padded + j] = module.scale * target->b[r * rank + j];
      }
      if (!target->magnitude.empty()) set_magnitudes(group, w, index, module, *target);
    }
  }
}

}  // namespace roundhouse
