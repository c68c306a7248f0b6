// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/adapter_bytes.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string_view>

#include "engine/io/gguf_file.h"
#include "engine/io/safetensors_file.h"

namespace roundhouse {

namespace {

bool of_experts(std::string_view tensor) { return tensor.find(".experts.") != std::string_view::npos || tensor.find("_exps.") != std::string_view::npos; }

}  // namespace

MemoryUse adapter_bytes(const std::vector<std::string>& paths) {
  std::map<std::string, std::uint64_t> largest;  // numbers, by tensor
  const auto count = [&](const auto& file) {
    for (const auto& tensor : file.tensors()) {
      std::uint64_t& most = largest[tensor.name];
      most = std::max(most, static_cast<std::uint64_t>(tensor.elements()));
    }
  };
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) {
      if (const auto file = SafetensorsFile::open(path + "/adapter_model.safetensors"); file.ok()) count(*file);
    } else if (path.ends_with(".safetensors")) {
      if (const auto file = SafetensorsFile::open(path); file.ok()) count(*file);
    } else if (const auto file = GgufFile::open(path); file.ok()) {
      count(*file);
    }
  }
  MemoryUse use;
  for (const auto& [name, numbers] : largest) {
    (of_experts(name) ? use.expert_weights_bytes : use.dense_weights_bytes) += numbers * sizeof(float) * paths.size();
  }
  return use;
}

MemoryUse adapter_bytes(const AdapterStack& stack) {
  MemoryUse use;
  for (const Weight& weight : stack.weights()) (of_experts(weight.name) ? use.expert_weights_bytes : use.dense_weights_bytes) += weight.bytes;
  return use;
}

}  // namespace roundhouse
