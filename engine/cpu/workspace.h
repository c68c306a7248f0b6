// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/memory_account.h"
#include "engine/ops/tensor.h"

namespace roundhouse {

// Host memory for activations: a stack in chunks. What was allocated never moves. One thread at a time.
// Counted as MemoryTag::workspace. Contents are not initialised; under the address sanitizer what has been given back
// is poisoned.
class Workspace {
 public:
  using Mark = std::uint64_t;

  explicit Workspace(std::shared_ptr<MemoryAccount> account, std::int64_t first_chunk_bytes = std::int64_t{4} << 20);
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // A host tensor of its own id at a multiple of 64 bytes. Throws std::bad_alloc.
  Tensor allocate(DType dtype, std::initializer_list<std::int64_t> shape) {
    return allocate(dtype, std::span(shape.begin(), shape.size()));
  }
  Tensor allocate(DType dtype, std::span<const std::int64_t> shape);  // 1 to 4 dimensions
  // `bytes` at a multiple of 64. Throws std::bad_alloc.
  void* allocate_bytes(std::int64_t bytes);
  template <class T>
  T* allocate_array(std::int64_t count) {
    return static_cast<T*>(allocate_bytes(count * static_cast<std::int64_t>(sizeof(T))));
  }
  std::uint32_t next_id() { return ++last_id_; }

  Mark mark() const;
  // Gives back what was allocated after `to` (of this workspace, not released before). The memory stays reserved; once
  // all is given back and it was in several chunks of together at most 256 MiB, they become one.
  void release(Mark to);

  std::int64_t used_bytes() const;      // allocated now, including what chunks' ends left over
  std::int64_t peak_bytes() const { return peak_bytes_; }  // the largest used_bytes so far
  std::int64_t reserved_bytes() const;  // held from the system

 private:
  struct Chunk {
    AlignedBuffer memory;
    std::int64_t used_bytes = 0;
  };
  void open_chunk(std::int64_t bytes);

  std::shared_ptr<MemoryAccount> account_;
  std::int64_t first_chunk_bytes_;
  std::int64_t peak_bytes_ = 0;
  std::uint32_t last_id_ = 0;
  std::vector<Chunk> chunks_;   // those after current_ are empty
  std::size_t current_ = 0;
};

// Gives back, at the end of a scope, what the scope allocated.
class WorkspaceScope {
 public:
  explicit WorkspaceScope(Workspace& workspace) : workspace_(workspace), mark_(workspace.mark()) {}
  ~WorkspaceScope() { workspace_.release(mark_); }
  WorkspaceScope(const WorkspaceScope&) = delete;
  WorkspaceScope& operator=(const WorkspaceScope&) = delete;

 private:
  Workspace& workspace_;
  Workspace::Mark mark_;
};

}  // namespace roundhouse
