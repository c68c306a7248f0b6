// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/io/safetensors_header.h"
#include "roundhouse/atomic_file.h"
#include "roundhouse/result.h"

namespace roundhouse {

// Writes a safetensors file in one pass, as GgufWriter does: tensors are announced, then their bytes follow in
// that order. Data begin at a multiple of 8. The file appears with finish(), or not at all. One thread at a time.
class SafetensorsWriter {
 public:
  static Result<SafetensorsWriter> create(const std::string& path);

  Status add_metadata(std::string key, std::string value);  // both UTF-8
  Status add_tensor(std::string name, DType type, std::vector<std::int64_t> shape);

  // The next bytes of the tensors; a piece may span several. Ends the announcements.
  Status write_data(std::span<const std::byte> bytes);
  // Every announced byte must have been written.
  Status finish();

 private:
  SafetensorsWriter(AtomicFile file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  Status begin_data();
  Error error(const std::string& what, std::string expected, std::string received) const;

  AtomicFile file_;
  std::string path_;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, SafetensorsTensor> tensors_;  // file_offset: within the data
  std::uint64_t announced_bytes_ = 0;
  std::uint64_t written_bytes_ = 0;
  bool announced_ = false;
};

}  // namespace roundhouse
