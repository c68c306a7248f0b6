// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/matrix_product.h"

#include <algorithm>
#include <cassert>

namespace roundhouse {

namespace {

// Rows of A that share an unpacked piece, multiples of every tile's rows: at most, and where that leaves threads without work.
constexpr std::int64_t most_rows = 1920, fewest_rows = 240;

struct Task {
  std::int64_t group, first_row, rows, n_first;
};

}  // namespace

// One thread's operands as bfloat16 pairs: a piece of B, and of A what one tile needs.
class MatrixProduct::Pairs {
 public:
  static constexpr std::int64_t most_pairs = piece_rows / 2, words = most_pairs * piece_columns + most_pairs * kernels::pair_tile_stride;
  static_assert(most_pairs <= kernels::pair_tile_stride);

  Pairs(const kernels::KernelTable& table, std::uint32_t* memory) : table_(table), b_(memory), a_(memory + most_pairs * piece_columns) {}

  void set_b(const float* panels, std::int64_t k, std::int64_t n) {
    const std::int64_t columns = table_.matrix_tile_columns, pairs = (k + 1) / 2;
    for (std::int64_t j = 0; j < n; j += columns) {
      for (std::int64_t p = 0; p < pairs; ++p) {
        const float* const even = panels + j * k + 2 * p * columns;
        table_.to_pairs(even, 2 * p + 1 < k ? even + columns : nullptr, columns, b_ + j * pairs + p * columns);
      }
    }
  }
  void set_a(const float* const* rows, int count, std::int64_t k) {
    for (int r = 0; r < count; ++r) {
      auto* const to = reinterpret_cast<std::uint16_t*>(a_ + r * kernels::pair_tile_stride);
      table_.to_bf16(rows[r], k, to);
      if (k % 2 == 1) to[k] = 0;
    }
  }
  void set_turned_a(const float* const* rows, std::int64_t first, int count, std::int64_t k) {
    for (std::int64_t p = 0; p < k; p += 2) {
      table_.to_pairs(rows[p] + first, p + 1 < k ? rows[p + 1] + first : nullptr, count, a_ + p / 2 * kernels::pair_tile_stride);
    }
  }
  // The tile's columns begin at j of a piece of k rows; `skipped` of them, an even number, are left out.
  void multiply(const kernels::MatrixTile& tile, bool turned, std::int64_t j, std::int64_t k, std::int64_t skipped) const {
    assert(skipped % 2 == 0);
    const std::uint32_t* const b = b_ + j * ((k + 1) / 2) + skipped / 2 * table_.matrix_tile_columns;
    table_.pair_tile({a_, turned, tile.c, tile.rows, (tile.k + 1) / 2, b, tile.columns, tile.add});
  }

 private:
  const kernels::KernelTable& table_;
  std::uint32_t* b_;
  std::uint32_t* a_;
};

void MatrixProduct::run_with(std::span<const Group> groups, const float* const* a, const std::int64_t* turned, float* const* c, bool add, Call unpack,
                             const void* context) {
  const WorkspaceScope scope(workspace_);
  const std::int64_t columns = table_.matrix_tile_columns;
  std::int64_t row_block = 2 * most_rows, count = 0;
  do {
    row_block /= 2;
    count = 0;
    for (const Group& group : groups) count += (group.rows + row_block - 1) / row_block * ((group.n + piece_columns - 1) / piece_columns);
  } while (row_block > fewest_rows && count < 3 * pool_.threads());
  Task* const tasks = workspace_.allocate_array<Task>(count);
  std::int64_t at = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (std::int64_t row = 0; row < groups[g].rows; row += row_block) {
      for (std::int64_t column = 0; column < groups[g].n; column += piece_columns) {
        tasks[at++] = {static_cast<std::int64_t>(g), row, std::min(row_block, groups[g].rows - row), column};
      }
    }
  }
  constexpr std::int64_t panel_floats = piece_rows * piece_columns;
  float* const memory = workspace_.allocate_array<float>(pool_.threads() * (panel_floats + piece_floats));
  const bool paired = precision_ == ProductPrecision::bfloat16;
  std::uint32_t* const words = paired ? workspace_.allocate_array<std::uint32_t>(pool_.threads() * Pairs::words) : nullptr;
  pool_.parallel_for(count, 1, [&](std::int64_t begin, std::int64_t end, int worker) {
    float* const panels = memory + worker * (panel_floats + piece_floats);
    Pairs operands(table_, paired ? words + worker * Pairs::words : nullptr);
    for (std::int64_t t = begin; t < end; ++t) {
      const Task& task = tasks[t];
      const Group& group = groups[static_cast<std::size_t>(task.group)];
      const std::int64_t n_count = std::min(piece_columns, group.n - task.n_first);
      for (std::int64_t k = 0; k < group.k || k == 0; k += piece_rows) {
        const std::int64_t k_count = std::min(piece_rows, group.k - k);
        unpack(context, {group.matrix, k, k_count, task.n_first, n_count, columns, panels, panels + panel_floats});
        if (paired) operands.set_b(panels, k_count, n_count);
        for (std::int64_t row = 0; row < task.rows; row += table_.matrix_tile_rows) {
          const auto rows = static_cast<int>(std::min<std::int64_t>(table_.matrix_tile_rows, task.rows - row));
          const std::int64_t own = task.first_row + row;
          const std::int64_t skipped = group.part == Part::k_from_row ? std::max<std::int64_t>(0, own - k) : 0;
          const std::int64_t summed = std::max<std::int64_t>(0, (group.part == Part::k_to_row ? std::min(k_count, own + rows - k) : k_count) - skipped);
          const std::int64_t written = group.part == Part::columns_to_row ? std::min(n_count, own + rows - task.n_first) : n_count;
          if (summed == 0 && (add || k > 0)) continue;
          const float* from[32];
          float* to[32];
          for (int r = 0; r < rows; ++r) {
            if (!turned) from[r] = a[group.first_row + task.first_row + row + r] + k + skipped;
            to[r] = c[group.first_row + task.first_row + row + r] + task.n_first;
          }
          // The next tile's rows of A come while this one is multiplied: they lie too far apart to be foreseen by the processor.
          for (std::int64_t r = row + rows; !turned && r < std::min(row + 2 * rows, task.rows); ++r) {
            prefetch(a[group.first_row + task.first_row + r] + k, k_count);
          }
          const float* const* const a_rows = turned ? a + turned[group.matrix] + k + skipped : from;
          if (paired && turned) operands.set_turned_a(a_rows, own, rows, summed);
          else if (paired) operands.set_a(a_rows, rows, summed);
          for (std::int64_t j = 0; j < written; j += columns) {
            const kernels::MatrixTile tile{a_rows, to, rows, summed,
                                           panels + j * k_count + skipped * columns, static_cast<int>(std::min(columns, n_count - j)),
                                           add || k > 0, own};
            if (paired) operands.multiply(tile, turned, j, k_count, skipped);
            else (turned ? table_.matrix_tile_turned : table_.matrix_tile)(tile);
            for (int r = 0; r < rows; ++r) to[r] += columns;
          }
        }
      }
    }
  });
}

}  // namespace roundhouse
