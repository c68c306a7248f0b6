// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "roundhouse/result.h"

namespace roundhouse {

// What memory is for: the rows of the memory view.
enum class MemoryTag : std::uint8_t { weights_dense, weights_experts, kv_cache, workspace, trace, tokenizer, other };
inline constexpr int memory_tag_count = static_cast<int>(MemoryTag::other) + 1;
std::string_view memory_tag_name(MemoryTag tag);

struct MemoryCount {
  std::int64_t current_bytes = 0;
  std::int64_t peak_bytes = 0;
};

// Counts bytes by purpose. Counting is what it does: it neither limits nor allocates. Any thread.
// Each counter is exact; figures read while others allocate may be of slightly different moments.
class MemoryAccount {
 public:
  void add(MemoryTag tag, std::int64_t bytes);
  void remove(MemoryTag tag, std::int64_t bytes);
  MemoryCount use(MemoryTag tag) const;
  MemoryCount total() const;  // the peak of the sum, not the sum of the peaks

 private:
  struct Counter {
    std::atomic<std::int64_t> current{0};
    std::atomic<std::int64_t> peak{0};
    void change(std::int64_t bytes);
    MemoryCount read() const;
  };
  std::array<Counter, memory_tag_count> tags_;
  Counter total_;
};

// Bytes that something else holds (a file mapping, a library), counted as long as this lives.
class MemoryClaim {
 public:
  MemoryClaim() = default;
  MemoryClaim(std::shared_ptr<MemoryAccount> account, MemoryTag tag, std::int64_t bytes);
  ~MemoryClaim();
  MemoryClaim(MemoryClaim&& other) noexcept;
  MemoryClaim& operator=(MemoryClaim&& other) noexcept;
  std::int64_t bytes() const { return bytes_; }

 private:
  std::shared_ptr<MemoryAccount> account_;
  MemoryTag tag_ = MemoryTag::other;
  std::int64_t bytes_ = 0;
};

// An owned, aligned block, counted in its account (none: not counted). Contents are not initialised.
class AlignedBuffer {
 public:
  static constexpr std::size_t default_alignment = 64;  // a cache line, a 512-bit vector

  AlignedBuffer() = default;
  // `alignment` is a power of two. Zero bytes give an empty buffer. Fails with out_of_memory, naming `purpose`.
  static Result<AlignedBuffer> allocate(std::shared_ptr<MemoryAccount> account, MemoryTag tag, std::int64_t bytes,
                                        std::string_view purpose, std::size_t alignment = default_alignment);

  std::byte* data() { return memory_.get(); }
  const std::byte* data() const { return memory_.get(); }
  std::int64_t size_bytes() const { return claim_.bytes(); }
  bool empty() const { return claim_.bytes() == 0; }

  // As an array of a trivial type; the tail that does not fill an element is left out.
  template <class T>
  std::span<T> as() {
    return {reinterpret_cast<T*>(memory_.get()), static_cast<std::size_t>(size_bytes()) / sizeof(T)};
  }
  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(memory_.get()), static_cast<std::size_t>(size_bytes()) / sizeof(T)};
  }

 private:
  struct Free {
    void operator()(std::byte* memory) const;
  };
  std::unique_ptr<std::byte, Free> memory_;
  MemoryClaim claim_;
};

}  // namespace roundhouse
