// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/base/memory_account.h"
#include "roundhouse/result.h"

namespace roundhouse {

// Memory for the packed weights of a model, in few large pieces that the system is asked to back with huge pages: reading
// weights from memory is what generation waits for, and small pages cost it a fifth. All is given back at once.
class WeightArena {
 public:
  explicit WeightArena(std::shared_ptr<MemoryAccount> account, MemoryTag tag);

  // `bytes` at a multiple of 64, not initialised. Fails with out_of_memory, naming `purpose`.
  Result<std::byte*> allocate(std::int64_t bytes, std::string_view purpose);
  std::int64_t used_bytes() const { return used_bytes_; }

 private:
  static constexpr std::int64_t huge_page_bytes = std::int64_t{2} << 20, largest_piece_bytes = std::int64_t{64} << 20;

  std::shared_ptr<MemoryAccount> account_;
  MemoryTag tag_;
  std::vector<AlignedBuffer> pieces_;
  std::int64_t left_bytes_ = 0;   // at the end of the last piece
  std::int64_t used_bytes_ = 0;
  std::int64_t next_piece_bytes_ = huge_page_bytes;
};

}  // namespace roundhouse
