// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/weight_arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

namespace roundhouse {

WeightArena::WeightArena(std::shared_ptr<MemoryAccount> account, MemoryTag tag) : account_(std::move(account)), tag_(tag) {}

Result<std::byte*> WeightArena::allocate(std::int64_t bytes, std::string_view purpose) {
  constexpr std::int64_t alignment = AlignedBuffer::default_alignment;
  if (bytes < 0 || bytes > INT64_MAX - huge_page_bytes) {
    return Error{ErrorCode::out_of_memory, "allocate", std::string(purpose), "a size below 2^63 bytes", std::to_string(bytes)};
  }
  const std::int64_t rounded = (bytes + alignment - 1) / alignment * alignment;
  if (rounded > left_bytes_) {
    const std::int64_t pages = (rounded + huge_page_bytes - 1) / huge_page_bytes;
    const std::int64_t piece = std::max(pages * huge_page_bytes, next_piece_bytes_);
    RH_ASSIGN(AlignedBuffer buffer, AlignedBuffer::allocate(account_, tag_, piece, purpose, huge_page_bytes));
    (void)madvise(buffer.data(), static_cast<std::size_t>(piece), MADV_HUGEPAGE);  // small pages will do where refused
    pieces_.push_back(std::move(buffer));
    left_bytes_ = piece;
    next_piece_bytes_ = std::min(2 * next_piece_bytes_, largest_piece_bytes);
  }
  AlignedBuffer& piece = pieces_.back();
  std::byte* const at = piece.data() + (piece.size_bytes() - left_bytes_);
  left_bytes_ -= rounded;
  used_bytes_ += rounded;
  return at;
}

}  // namespace roundhouse
