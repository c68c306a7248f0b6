// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/dtype.h"
#include "roundhouse/result.h"

namespace roundhouse {

struct SafetensorsLimits {
  std::uint64_t header_bytes = 100'000'000;  // the format's own bound
  std::uint64_t tensors = 1 << 20;
};

struct SafetensorsTensor {
  std::string name;
  std::string type_name;               // as the file writes it: "BF16"
  std::optional<DType> dtype;          // nothing: a type unknown here
  std::vector<std::int64_t> shape;     // outermost first; empty for a single value; a dimension may be 0
  std::uint64_t file_offset = 0;       // from the start of its file; any alignment
  std::uint64_t byte_size = 0;
  std::uint32_t shard = 0;             // which file of a model in several, from 0

  std::int64_t elements() const;       // product of shape; checked to fit when the header was read
};

struct SafetensorsHeader {
  std::uint64_t data_offset = 0;
  std::vector<std::pair<std::string, std::string>> metadata;  // "__metadata__", sorted by key
  std::vector<SafetensorsTensor> tensors;                     // in the order of their data
};

// Reads the JSON header and holds it against the size of the file: the tensors' data fill what follows it,
// without gap, overlap or rest, and sizes agree with shapes. `name` is what errors call the file. Any thread.
// Format: https://github.com/huggingface/safetensors (README, "Format").
Result<SafetensorsHeader> parse_safetensors_header(std::span<const std::byte> file, const std::string& name,
                                                   const SafetensorsLimits& limits = {});

std::optional<DType> dtype_from_safetensors(std::string_view name);
std::optional<std::string_view> safetensors_from_dtype(DType type);  // nothing for block types

}  // namespace roundhouse
