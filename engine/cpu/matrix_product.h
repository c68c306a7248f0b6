// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "engine/base/thread_pool.h"
#include "engine/cpu/kernels/kernel_table.h"
#include "engine/cpu/product_precision.h"
#include "engine/cpu/workspace.h"

namespace roundhouse {

// Asks for `count` floats ahead of their use.
inline void prefetch(const float* from, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i += 16) __builtin_prefetch(from + i);
}

// Matrix products C = A B (or C += A B) whose A and C are rows anywhere in memory, in groups that have each a B of
// their own: experts. B is given by a function that unpacks a piece of it, so that quantised weights are never whole in
// float32. An element is summed in one order, whatever the number of threads and of rows.
class MatrixProduct {
 public:
  // What of a group is left out because it is zero or nobody reads it, by tiles of C's rows: columns of C, or sums over k, after
  // the row (as far as the last of its tile), or sums over k before the row (of its tile's first; only with add).
  enum class Part : std::uint8_t { all, columns_to_row, k_to_row, k_from_row };
  struct Group {
    std::int64_t first_row = 0, rows = 0;  // of A and C
    std::int64_t matrix = 0;               // which B
    std::int64_t k = 0;                    // columns of A, rows of B
    std::int64_t n = 0;                    // columns of B and C
    Part part = Part::all;
  };
  // B's rows [k_first, k_first + k_count) and columns [n_first, n_first + n_count), as panels of `panel_columns` columns one
  // after the other: each [k_count][panel_columns]; what lies beyond n_count must be finite. A piece begins at multiples of
  // 256 in both directions, or at 0. `scratch`: piece_floats floats.
  struct Piece {
    std::int64_t matrix, k_first, k_count, n_first, n_count;
    std::int64_t panel_columns;
    float* panels;
    float* scratch;
  };

  // bfloat16: the table has pair_tile, and the processor can run it.
  MatrixProduct(ThreadPool& pool, Workspace& workspace, const kernels::KernelTable& table, ProductPrecision precision = ProductPrecision::float32)
      : pool_(pool), workspace_(workspace), table_(table), precision_(precision) {}

  // `unpack(piece)` is called from several threads at once. a: pointers to [k]; c: to [n]. No row of C twice.
  template <class Unpack>
  void run(std::span<const Group> groups, const float* const* a, float* const* c, bool add, Unpack&& unpack) {
    run_with(groups, a, nullptr, c, add, [](const void* context, const Piece& piece) { (*static_cast<const Unpack*>(context))(piece); }, &unpack);
  }
  // C = A' B. The rows of A of a matrix begin at a[first[matrix]], k of them: pointers to as many values as the group has rows.
  template <class Unpack>
  void run_turned(std::span<const Group> groups, const float* const* a, const std::int64_t* first, float* const* c, bool add, Unpack&& unpack) {
    run_with(groups, a, first, c, add, [](const void* context, const Piece& piece) { (*static_cast<const Unpack*>(context))(piece); }, &unpack);
  }

  static constexpr std::int64_t piece_rows = 256, piece_columns = 256;
  static constexpr std::int64_t piece_floats = 4096;

 private:
  using Call = void (*)(const void* context, const Piece& piece);
  class Pairs;
  // turned: first rows of A by matrix, null: not turned.
  void run_with(std::span<const Group> groups, const float* const* a, const std::int64_t* turned, float* const* c, bool add, Call unpack,
                const void* context);

  ThreadPool& pool_;
  Workspace& workspace_;
  const kernels::KernelTable& table_;
  ProductPrecision precision_;
};

}  // namespace roundhouse
