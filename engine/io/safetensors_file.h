// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/io/mapped_file.h"
#include "engine/io/safetensors_header.h"
#include "roundhouse/result.h"

namespace roundhouse {

// Tensors of one safetensors file, or of several under an index (model.safetensors.index.json). Maps the files and
// keeps them mapped; tensor data are views into the mappings, valid as long as this lives, also after a move.
// Const members may be called from any thread.
class SafetensorsFile {
 public:
  // A *.safetensors file; an index (*.index.json), whose files lie beside it; or a folder that holds
  // model.safetensors or model.safetensors.index.json. Blocks while headers are read.
  static Result<SafetensorsFile> open(const std::string& path, const SafetensorsLimits& limits = {});

  std::span<const SafetensorsTensor> tensors() const { return tensors_; }
  const SafetensorsTensor* find_tensor(std::string_view name) const;
  Result<const SafetensorsTensor*> tensor(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& metadata() const { return metadata_; }  // of the first file

  // byte_size bytes at any alignment. Fails for a type that is unknown here. `tensor` belongs to this object.
  Result<std::span<const std::byte>> data(const SafetensorsTensor& tensor) const;

  // A copy as f32 in the order of shape; of F32, F16 and BF16, and F64, I32 and I64 rounded to float.
  Result<std::vector<float>> read_f32(std::string_view name) const;
  // A copy of integers; of I8, I16, I32, I64, U8, U16, U32, BOOL.
  Result<std::vector<std::int64_t>> read_integers(std::string_view name) const;

  std::span<const MappedFile> files() const { return files_; }  // in the order of SafetensorsTensor::shard
  std::uint64_t file_bytes() const;                             // of all of them
  Status verify_unchanged() const;                              // see MappedFile

 private:
  SafetensorsFile() = default;
  static Result<SafetensorsFile> open_index(const std::string& path, const SafetensorsLimits& limits);
  Result<SafetensorsHeader> map(const std::string& path, const SafetensorsLimits& limits);
  Status add(SafetensorsTensor tensor, std::uint32_t shard);
  std::string name_in_file(const SafetensorsTensor& tensor) const;

  std::vector<MappedFile> files_;
  std::vector<SafetensorsTensor> tensors_;
  std::vector<std::pair<std::string, std::string>> metadata_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace roundhouse
