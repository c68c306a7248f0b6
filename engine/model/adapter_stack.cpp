// SPDX-License-Identifier: Apache-2.0
#include "engine/model/adapter_stack.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>

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

}  // namespace

Result<AdapterStack> AdapterStack::create(const TextModel& model, std::span<const LoraAdapter> adapters) {
  for (const LoraAdapter& adapter : adapters) RH_TRY(check_adapter(model, adapter));
  AdapterStack stack;
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
      slot(stack.layers_, weight) = {&stack.weights_[group.a], &stack.weights_[group.b.back()]};
    }
  }
  for (std::size_t i = 0; i < adapters.size(); ++i) stack.set(static_cast<std::int32_t>(i), adapters[i]);
  return stack;
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
    if (found != group.weights.end()) return {&weights_[group.a], &weights_[group.b[static_cast<std::size_t>(found - group.weights.begin())]]};
  }
  return {};
}

void AdapterStack::set(std::int32_t index, const LoraAdapter& adapter) {
  for (const Group& group : groups_) {
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
    }
  }
}

}  // namespace roundhouse
