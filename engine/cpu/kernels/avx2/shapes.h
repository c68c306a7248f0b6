// SPDX-License-Identifier: Apache-2.0
#pragma once

// How many results the shared kernels keep in registers (16 of 256 bits).

namespace roundhouse::kernels {
namespace {

constexpr int plain_tile_rows = 2, plain_tile_tokens = 2;
constexpr int matrix_tile_rows = 6, matrix_tile_vectors = 1;
constexpr int attention_tile_rows = 4, attention_vectors = 1;

}  // namespace
}  // namespace roundhouse::kernels
