// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/cpu/kernels/kernel_table.h"

namespace roundhouse::kernels {

void avx512_product_q4_0(const ProductArguments& a);
void avx512_product_q8_0(const ProductArguments& a);
void avx512_product_q4_k(const ProductArguments& a);
void avx512_product_q6_k(const ProductArguments& a);
void avx512_product_f32(const ProductArguments& a);
void avx512_product_f16(const ProductArguments& a);
void avx512_product_bf16(const ProductArguments& a);
void avx512_attention(const AttentionArguments& a);
void avx512_matrix_tile(const MatrixTile& t);
void avx512_matrix_tile_turned(const MatrixTile& t);
void avx512_pair_tile(const PairTile& t);
void avx512_to_pairs(const float* even, const float* odd, std::int64_t n, std::uint32_t* pairs);
void avx512_to_bf16(const float* x, std::int64_t n, std::uint16_t* y);

}  // namespace roundhouse::kernels
