// SPDX-License-Identifier: Apache-2.0
#include "engine/model/bottleneck_file.h"

#include <array>
#include <charconv>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include "engine/base/sha256.h"
#include "engine/io/safetensors_file.h"
#include "engine/io/safetensors_writer.h"
#include "roundhouse/model.h"

namespace roundhouse {

namespace {

constexpr std::pair<ActivationKind, const char*> activations[] = {
    {ActivationKind::relu, "relu"}, {ActivationKind::gelu, "gelu"}, {ActivationKind::gelu_tanh, "gelu_tanh"}, {ActivationKind::silu, "silu"}};

struct Part {
  const char* name;
  std::vector<float> BottleneckModule::*values;
};
constexpr std::array<Part, 4> parts = {Part{"down", &BottleneckModule::down}, Part{"down_bias", &BottleneckModule::down_bias}, Part{"up", &BottleneckModule::up},
                                       Part{"up_bias", &BottleneckModule::up_bias}};

std::vector<std::int64_t> shape_of(std::size_t part, std::int64_t width, std::int64_t outer) {
  switch (part) {
    case 0: return {width, outer};
    case 1: return {width};
    case 2: return {outer, width};
    default: return {outer};
  }
}

}  // namespace

Status write_bottlenecks(const std::string& path, const LoraAdapter& adapter, const TextModel& model) {
  RH_TRY(check_adapter(model, adapter));
  const auto refuse = [&](std::string expected, std::string received) {
    return Error{ErrorCode::unsupported, "write adapter", adapter.name, std::move(expected), std::move(received)};
  };
  if (adapter.bottlenecks.empty() || !adapter.modules.empty()) return refuse("bottlenecks alone", adapter.modules.empty() ? "none" : "low-rank modules too");
  const char* activation = nullptr;
  for (const auto& [kind, name] : activations) {
    if (kind == adapter.bottlenecks.front().activation.kind) activation = name;
  }
  for (const BottleneckModule& module : adapter.bottlenecks) {
    if (!activation || module.activation.kind != adapter.bottlenecks.front().activation.kind) return refuse("one activation that the file has a name for", "another one");
  }
  RH_ASSIGN(SafetensorsWriter writer, SafetensorsWriter::create(path));
  RH_TRY(writer.add_metadata("roundhouse", "bottlenecks"));
  RH_TRY(writer.add_metadata("activation", activation));
  for (const BottleneckModule& module : adapter.bottlenecks) {
    for (std::size_t p = 0; p < parts.size(); ++p) {
      RH_TRY(writer.add_tensor("layers." + std::to_string(module.layer) + ".bottleneck." + parts[p].name, DType::f32, shape_of(p, module.width, model.spec().width)));
    }
  }
  for (const BottleneckModule& module : adapter.bottlenecks) {
    for (const Part& part : parts) RH_TRY(writer.write_data(std::as_bytes(std::span(module.*part.values))));
  }
  return writer.finish();
}

Result<LoraAdapter> read_bottlenecks(const std::string& path, const TextModel& model) {
  RH_ASSIGN(const SafetensorsFile file, SafetensorsFile::open(path));
  const auto refuse = [&](const std::string& name, std::string expected, std::string received) {
    return Error{ErrorCode::malformed, "read adapter", name + " in " + path, std::move(expected), std::move(received)};
  };
  const auto said = [&](std::string_view key) {
    for (const auto& [name, value] : file.metadata()) {
      if (name == key) return value;
    }
    return std::string();
  };
  if (said("roundhouse") != "bottlenecks") return refuse("metadata", "bottlenecks of Roundhouse", "another file");
  std::map<std::int32_t, BottleneckModule> modules;
  std::map<std::int32_t, unsigned> seen;  // bits of parts
  ActivationKind kind = ActivationKind::swiglu_clamped;
  for (const auto& [known, name] : activations) {
    if (said("activation") == name) kind = known;
  }
  if (kind == ActivationKind::swiglu_clamped) return refuse("activation", "relu, gelu, gelu_tanh or silu", said("activation"));
  for (const SafetensorsTensor& tensor : file.tensors()) {
    std::int32_t layer = -1;
    std::string_view rest;
    if (tensor.name.starts_with("layers.")) {
      const char* const end = tensor.name.data() + tensor.name.size();
      const auto [stop, failed] = std::from_chars(tensor.name.data() + 7, end, layer);
      if (failed == std::errc()) rest = {stop, static_cast<std::size_t>(end - stop)};
    }
    std::size_t part = 0;
    while (part < parts.size() && rest != std::string(".bottleneck.") + parts[part].name) ++part;
    if (part == parts.size() || layer < 0) return refuse(tensor.name, "a tensor of a bottleneck", "another one");
    if (seen[layer] & 1u << part) return refuse(tensor.name, "one tensor of its meaning", "a second one");
    seen[layer] |= 1u << part;
    BottleneckModule& module = modules[layer];
    module.layer = layer;
    module.activation.kind = kind;
    const std::size_t width_at = part == 2 ? 1 : 0;
    const bool sized = part < 3 && tensor.shape.size() > width_at;
    if (sized && module.width == 0) module.width = tensor.shape[width_at];
    const std::int64_t width = sized ? module.width : 1;
    if (tensor.shape != shape_of(part, width, model.spec().width)) return refuse(tensor.name, "a shape that fits the model and its bottleneck", "another one");
    RH_ASSIGN(module.*parts[part].values, file.read_f32(tensor.name));
  }
  LoraAdapter adapter;
  adapter.name = adapter_name(path);
  for (auto& [layer, module] : modules) {
    if (seen[layer] != 15u) return refuse("layers." + std::to_string(layer), "down, down_bias, up and up_bias", "fewer");
    adapter.bottlenecks.push_back(std::move(module));
  }
  if (adapter.bottlenecks.empty()) return refuse("tensors", "bottlenecks", "none");
  RH_ASSIGN(const Sha256Digest digest, sha256(file.files().front().bytes()));
  adapter.sha256 = to_hex(digest);
  RH_TRY(check_adapter(model, adapter));
  return adapter;
}

}  // namespace roundhouse
