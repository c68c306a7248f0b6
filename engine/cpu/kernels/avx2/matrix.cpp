// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/kernels/avx2/kernels.h"
#include "engine/cpu/kernels/avx2/lanes.h"
#include "engine/cpu/kernels/avx2/shapes.h"
#include "engine/cpu/kernels/matrix_tile.inl.h"

namespace roundhouse::kernels {

void avx2_matrix_tile(const MatrixTile& t) { multiply_tile<false>(t); }
void avx2_matrix_tile_turned(const MatrixTile& t) { multiply_tile<true>(t); }

}  // namespace roundhouse::kernels
