// SPDX-License-Identifier: Apache-2.0
#pragma once

// How many results the shared kernels keep in registers (32 of 512 bits).

namespace roundhouse::kernels {
namespace {

constexpr int plain_tile_rows = 4, plain_tile_tokens = 4;
constexpr int matrix_tile_rows = 12, matrix_tile_vectors = 2;
constexpr int attention_tile_rows = 6, attention_vectors = 4;

}  // namespace
}  // namespace roundhouse::kernels
