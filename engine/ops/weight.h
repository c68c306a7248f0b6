// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/base/dtype.h"

namespace roundhouse {

enum class WeightLayout : std::uint8_t { rows };  // [experts, rows, cols] in blocks along cols, as GGUF stores it
enum class Residency : std::uint8_t { mapped_file, host, device, disk };

// Which part of a parameter this is when it is split over devices. {0, 1}: all of it.
struct Shard {
  std::int32_t index = 0, count = 1;
};

// One parameter: the file's own bytes and what they mean. Bytes are never changed or lost by repacking: a backend keeps
// its prepared form beside them, keyed by `id` (QLoRA, export and offload need the original).
struct Weight {
  std::uint32_t id = 0;       // dense, unique within a model, 0..n-1
  std::string name;           // canonical: "layers.3.experts.gate", see engine/model/README.md
  std::string source_name;    // as the file writes it
  DType type = DType::f32;
  WeightLayout layout = WeightLayout::rows;
  Residency residency = Residency::mapped_file;
  Shard shard;
  std::int64_t experts = 1;   // > 1: stacked expert matrices
  std::int64_t rows = 1;      // outputs; 1 for vectors
  std::int64_t cols = 0;      // inputs; multiple of the type's block size
  const std::byte* data = nullptr;  // [experts, rows, row_bytes]
  std::uint64_t bytes = 0;

  std::uint64_t row_bytes() const { return bytes / static_cast<std::uint64_t>(experts * rows); }
};

// Null: the model has no such parameter.
using WeightRef = const Weight*;

}  // namespace roundhouse
