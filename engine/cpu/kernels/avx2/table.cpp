// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/kernels/avx2/kernels.h"
#include "engine/cpu/kernels/avx2/lanes.h"
#include "engine/cpu/kernels/avx2/shapes.h"
#include "engine/cpu/kernels/vector.inl.h"

namespace roundhouse::kernels {
namespace {

// In the order of WeightKind and of the table's members.
constexpr KernelTable table = {
    {avx2_product_q4_0, avx2_product_q8_0, avx2_product_q4_k, avx2_product_q6_k, avx2_product_f32, avx2_product_f16,
     avx2_product_bf16},
    quantise_row,
    rms_norm_row,
    add_row,
    scale_row,
    glu_row,
    rotate_heads,
    to_f16_row,
    avx2_attention,
    exponentials_row,
    matrix_tile_rows,
    16 * matrix_tile_vectors,
    avx2_matrix_tile,
    avx2_matrix_tile_turned,
    nullptr,
    nullptr,
    nullptr,
    dot_row,
    rms_norm_backward_row,
    softmax_backward_row,
    silu_backward_row,
};

}  // namespace

const KernelTable& avx2_kernels() { return table; }

}  // namespace roundhouse::kernels
