// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/io/gguf_metadata.h"
#include "roundhouse/result.h"

namespace roundhouse {

// What a header may ask of us before it is refused: far above any model known, far below what hurts.
struct GgufLimits {
  std::uint64_t metadata_entries = 1 << 16;
  std::uint64_t tensors = 1 << 20;
  std::uint64_t array_elements = 1 << 24;           // in all arrays together
  std::uint64_t string_bytes = std::uint64_t{64} << 20;   // of one string
  std::uint64_t header_bytes = std::uint64_t{512} << 20;  // metadata and tensor list together
  std::uint64_t name_bytes = 1024;                  // of a tensor; of a key: 65535, as the format says
  int array_depth = 4;
};

struct GgufTensor {
  std::string name;
  // Outermost dimension first, the last one contiguous (the file lists them the other way round).
  std::vector<std::int64_t> shape;
  std::uint32_t gguf_type = 0;            // the file's number
  std::optional<DType> dtype;             // nothing: a type unknown here
  std::uint64_t file_offset = 0;          // of its first byte, from the start of its file
  std::uint64_t byte_size = 0;            // 0 for an unknown type
  std::uint32_t shard = 0;                // which file of a split model, from 0

  std::int64_t elements() const;          // product of shape; checked to fit when the header was read
  std::int64_t row_elements() const { return shape.empty() ? 1 : shape.back(); }
};

struct GgufHeader {
  std::uint32_t version = 3;
  std::uint64_t alignment = 32;
  std::uint64_t data_offset = 0;  // of the tensor data, from the start of the file
  GgufMetadata metadata;
  std::vector<GgufTensor> tensors;  // in the file's order
};

// Reads everything before the tensor data, and holds the tensor list against the size of the file: each tensor
// lies within it, aligned, and none overlaps another. `name` is what errors call the file. Any thread.
Result<GgufHeader> parse_gguf_header(std::span<const std::byte> file, const std::string& name, const GgufLimits& limits = {});

}  // namespace roundhouse
