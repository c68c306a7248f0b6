// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "engine/base/thread_pool.h"
#include "engine/cpu/kernels/layout.h"
#include "engine/cpu/weight_arena.h"
#include "engine/ops/weight.h"
#include "roundhouse/result.h"

namespace roundhouse {

// A weight in the form that the fast kernels read. Packed kinds own a copy in groups of 16 rows (kernels/layout.h);
// plain kinds point at the weight's own bytes where these are aligned. What it owns lies in the arena it was packed into.
struct PackedWeight {
  kernels::WeightKind kind = kernels::WeightKind::f32;
  const std::uint8_t* data = nullptr;
  std::int64_t stride_bytes = 0;         // from group to group, or row to row
  std::int64_t expert_stride_bytes = 0;
  std::int64_t experts = 1, rows = 0, columns = 0;
  std::int64_t owned_bytes = 0;          // in the arena; 0 when `data` is the file's

  std::int64_t groups() const { return (rows + kernels::group_rows - 1) / kernels::group_rows; }
  const std::uint8_t* expert(std::int64_t index) const { return data + index * expert_stride_bytes; }
};

// A 16-bit vector (one row) becomes f32. Fails with unsupported (type), malformed (columns) or out_of_memory, naming the
// weight.
Result<PackedWeight> pack_weight(const Weight& weight, WeightArena& arena, ThreadPool& pool);
// The `owned_bytes` of that form; 0 also for a type that has none. Does not read the weight's bytes.
std::uint64_t bytes_to_pack(const Weight& weight);

}  // namespace roundhouse
