// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/io/gguf_header.h"
#include "engine/io/mapped_file.h"
#include "roundhouse/result.h"

namespace roundhouse {

// A GGUF model, in one file or split over several (NAME-00001-of-0000N.gguf; any of them may be named, the
// others are found beside it). Maps the files and keeps them mapped; tensor data are views into the mappings,
// valid as long as this lives, also after a move. Const members may be called from any thread.
class GgufFile {
 public:
  // Blocks for as long as the headers take to read. A type of tensor that is unknown here does not fail: such
  // a tensor is listed with its number and has no data.
  static Result<GgufFile> open(const std::string& path, const GgufLimits& limits = {});

  std::uint32_t version() const { return version_; }
  const GgufMetadata& metadata() const { return metadata_; }  // of the first file
  std::span<const GgufTensor> tensors() const { return tensors_; }
  const GgufTensor* find_tensor(std::string_view name) const;
  Result<const GgufTensor*> tensor(std::string_view name) const;

  // byte_size bytes, aligned as the file aligns them (to 32 bytes as a rule). `tensor` belongs to this object.
  Result<std::span<const std::byte>> data(const GgufTensor& tensor) const;

  std::span<const MappedFile> files() const { return files_; }  // in the order of GgufTensor::shard
  std::uint64_t file_bytes() const;                             // of all of them
  Status verify_unchanged() const;                              // see MappedFile

 private:
  GgufFile() = default;
  Status add(MappedFile file, GgufHeader header);

  std::uint32_t version_ = 0;
  GgufMetadata metadata_;
  std::vector<MappedFile> files_;
  std::vector<GgufTensor> tensors_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace roundhouse
