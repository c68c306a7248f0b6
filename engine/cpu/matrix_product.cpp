// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/matrix_product.h"

#include <algorithm>

namespace roundhouse {

namespace {

constexpr std::int64_t row_block = 480;  // rows of A that share an unpacked piece; a multiple of every tile's rows

struct Task {
  std::int64_t group, first_row, rows, n_first;
};

}  // namespace

void MatrixProduct::run_with(std::span<const Group> groups, const float* const* a, float* const* c, bool add, Call unpack, const void* context) {
  const WorkspaceScope scope(workspace_);
  const std::int64_t columns = table_.matrix_tile_columns;
  std::int64_t count = 0;
  for (const Group& group : groups) count += (group.rows + row_block - 1) / row_block * ((group.n + piece_columns - 1) / piece_columns);
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
  pool_.parallel_for(count, 1, [&](std::int64_t begin, std::int64_t end, int worker) {
    float* const panels = memory + worker * (panel_floats + piece_floats);
    for (std::int64_t t = begin; t < end; ++t) {
      const Task& task = tasks[t];
      const Group& group = groups[static_cast<std::size_t>(task.group)];
      const std::int64_t n_count = std::min(piece_columns, group.n - task.n_first);
      for (std::int64_t k = 0; k < group.k || k == 0; k += piece_rows) {
        const std::int64_t k_count = std::min(piece_rows, group.k - k);
        unpack(context, {group.matrix, k, k_count, task.n_first, n_count, columns, panels, panels + panel_floats});
        for (std::int64_t row = 0; row < task.rows; row += table_.matrix_tile_rows) {
          const auto rows = static_cast<int>(std::min<std::int64_t>(table_.matrix_tile_rows, task.rows - row));
          const float* from[32];
          float* to[32];
          for (int r = 0; r < rows; ++r) {
            from[r] = a[group.first_row + task.first_row + row + r] + k;
            to[r] = c[group.first_row + task.first_row + row + r] + task.n_first;
          }
          for (std::int64_t j = 0; j < n_count; j += columns) {
            table_.matrix_tile({from, to, rows, k_count, panels + j * k_count, static_cast<int>(std::min(columns, n_count - j)), add || k > 0});
            for (int r = 0; r < rows; ++r) to[r] += columns;
          }
        }
      }
    }
  });
}

}  // namespace roundhouse
