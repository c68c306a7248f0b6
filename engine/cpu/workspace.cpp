// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/workspace.h"

#include <sys/mman.h>

#include <algorithm>
#include <cassert>
#include <new>
#include <utility>

#include "engine/base/checked.h"

#if defined(__SANITIZE_ADDRESS__)
#define RH_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RH_POISON 1
#endif
#endif
#ifdef RH_POISON
#include <sanitizer/asan_interface.h>
#endif

namespace roundhouse {
namespace {

constexpr std::int64_t alignment_bytes = 64;
// Chunks beyond it stay apart: to make them one would have the system clear all of it once more.
constexpr std::int64_t joined_up_to_bytes = std::int64_t{256} << 20;
constexpr std::int64_t huge_page_bytes = std::int64_t{2} << 20, huge_pages_from_bytes = 16 * huge_page_bytes;
// A mark is a chunk's index and an offset in it.
constexpr int offset_bits = 44;

void poison([[maybe_unused]] const std::byte* from, [[maybe_unused]] std::int64_t bytes) {
#ifdef RH_POISON
  __asan_poison_memory_region(from, static_cast<std::size_t>(bytes));
#endif
}

void unpoison([[maybe_unused]] const std::byte* from, [[maybe_unused]] std::int64_t bytes) {
#ifdef RH_POISON
  __asan_unpoison_memory_region(from, static_cast<std::size_t>(bytes));
#endif
}

}  // namespace

Workspace::Workspace(std::shared_ptr<MemoryAccount> account, std::int64_t first_chunk_bytes)
    : account_(std::move(account)), first_chunk_bytes_(std::max<std::int64_t>(first_chunk_bytes, alignment_bytes)) {}

Workspace::~Workspace() {
  for (const Chunk& chunk : chunks_) unpoison(chunk.memory.data(), chunk.memory.size_bytes());
}

// Makes a chunk with room for `bytes` the current one: the next of those kept, or a new one at least as large as all
// together so far.
void Workspace::open_chunk(std::int64_t bytes) {
  const std::size_t next = chunks_.empty() ? 0 : current_ + 1;
  if (next < chunks_.size() && chunks_[next].memory.size_bytes() >= bytes) {
    current_ = next;
    return;
  }
  while (chunks_.size() > next) {
    unpoison(chunks_.back().memory.data(), chunks_.back().memory.size_bytes());
    chunks_.pop_back();
  }
  const std::int64_t wanted = std::max({bytes, first_chunk_bytes_, reserved_bytes()});
  const auto allocate = [&](std::int64_t size) {
    const auto alignment = static_cast<std::size_t>(size >= huge_pages_from_bytes ? huge_page_bytes : alignment_bytes);
    return AlignedBuffer::allocate(account_, MemoryTag::workspace, size, "workspace", alignment);
  };
  auto memory = allocate(wanted);
  if (!memory.ok() && wanted > bytes) memory = allocate(bytes);
  if (!memory.ok()) throw std::bad_alloc();
  // Fewer page faults where much is written once; small pages will do where refused.
  if (memory->size_bytes() >= huge_pages_from_bytes) (void)madvise(memory->data(), static_cast<std::size_t>(memory->size_bytes()), MADV_HUGEPAGE);
  chunks_.push_back({std::move(memory).value(), 0});
  poison(chunks_.back().memory.data(), chunks_.back().memory.size_bytes());
  current_ = next;
}

void* Workspace::allocate_bytes(std::int64_t bytes) {
  if (bytes < 0 || bytes > (std::int64_t{1} << offset_bits) - alignment_bytes) throw std::bad_alloc();
  const std::int64_t rounded =
      (std::max<std::int64_t>(bytes, 1) + alignment_bytes - 1) / alignment_bytes * alignment_bytes;
  if (chunks_.empty() || chunks_[current_].memory.size_bytes() - chunks_[current_].used_bytes < rounded) {
    open_chunk(rounded);
  }
  Chunk& chunk = chunks_[current_];
  std::byte* const memory = chunk.memory.data() + chunk.used_bytes;
  chunk.used_bytes += rounded;
  unpoison(memory, bytes);
  peak_bytes_ = std::max(peak_bytes_, used_bytes());
  return memory;
}

Tensor Workspace::allocate(DType dtype, std::span<const std::int64_t> shape) {
  assert(shape.size() >= 1 && shape.size() <= 4);
  Tensor tensor;
  tensor.dtype = dtype;
  tensor.space = MemorySpace::host;
  for (const std::int64_t dim : shape) tensor.dim[tensor.rank++] = dim;
  const auto elements = checked_product<std::int64_t>(shape);
  if (!elements) throw std::bad_alloc();
  const auto bytes = dtype_row_bytes(dtype, *elements);
  if (!bytes) throw std::bad_alloc();
  tensor.data = allocate_bytes(*bytes);
  tensor.id = next_id();
  return tensor;
}

Workspace::Mark Workspace::mark() const {
  if (chunks_.empty()) return 0;
  return static_cast<Mark>(current_) << offset_bits | static_cast<Mark>(chunks_[current_].used_bytes);
}

void Workspace::release(Mark to) {
  if (chunks_.empty()) return;
  const auto index = static_cast<std::size_t>(to >> offset_bits);
  const auto offset = static_cast<std::int64_t>(to & ((Mark{1} << offset_bits) - 1));
  assert(index <= current_ && offset <= chunks_[index].used_bytes);
  for (std::size_t i = index + 1; i <= current_; ++i) {
    poison(chunks_[i].memory.data(), chunks_[i].used_bytes);
    chunks_[i].used_bytes = 0;
  }
  poison(chunks_[index].memory.data() + offset, chunks_[index].used_bytes - offset);
  chunks_[index].used_bytes = offset;
  current_ = index;
  if (used_bytes() == 0 && chunks_.size() > 1 && reserved_bytes() <= joined_up_to_bytes) {
    first_chunk_bytes_ = std::max(first_chunk_bytes_, peak_bytes_);
    for (const Chunk& chunk : chunks_) unpoison(chunk.memory.data(), chunk.memory.size_bytes());
    chunks_.clear();
    current_ = 0;
  }
}

std::int64_t Workspace::used_bytes() const {
  std::int64_t bytes = chunks_.empty() ? 0 : chunks_[current_].used_bytes;
  for (std::size_t i = 0; i < current_; ++i) bytes += chunks_[i].memory.size_bytes();
  return bytes;
}

std::int64_t Workspace::reserved_bytes() const {
  std::int64_t bytes = 0;
  for (const Chunk& chunk : chunks_) bytes += chunk.memory.size_bytes();
  return bytes;
}

}  // namespace roundhouse
