// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "engine/io/gguf_header.h"
#include "roundhouse/atomic_file.h"
#include "roundhouse/result.h"

namespace roundhouse {

// Writes GGUF v3 in one pass: all metadata and tensors are announced first, then the tensors' bytes follow in
// that order, in pieces of any size. The file appears at its path with finish(), or not at all (AtomicFile).
// Data are aligned to the metadata's general.alignment, 32 without it. One thread at a time.
class GgufWriter {
 public:
  static Result<GgufWriter> create(const std::string& path);

  // Both refuse what parse_gguf_header would: a key or name twice, a number that its type cannot hold, rows
  // that are not whole blocks. `shape`: outermost dimension first.
  Status add_metadata(std::string key, GgufValue value);
  Status add_tensor(std::string name, DType type, std::vector<std::int64_t> shape);

  // The next bytes of the tensors; a piece may span several. Ends the announcements.
  Status write_data(std::span<const std::byte> bytes);
  // Every announced byte must have been written.
  Status finish();

 private:
  GgufWriter(AtomicFile file, std::string path) : file_(std::move(file)), path_(std::move(path)), metadata_(path_) {}
  Status begin_data();
  Status pad();
  Error error(const std::string& what, std::string expected, std::string received) const;

  AtomicFile file_;
  std::string path_;
  GgufMetadata metadata_;
  std::vector<GgufTensor> tensors_;
  std::unordered_set<std::string> names_;  // of tensors_
  std::uint64_t alignment_ = 32;
  bool announced_ = false;
  std::size_t current_ = 0;             // tensor that the next byte belongs to
  std::uint64_t current_written_ = 0;   // bytes of it that were written
};

}  // namespace roundhouse
