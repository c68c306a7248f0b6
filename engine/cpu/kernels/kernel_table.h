// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "engine/cpu/kernels/layout.h"

namespace roundhouse::kernels {

// One product: rows of a weight matrix times activation rows. Every (row, token) pair is computed by the same float
// operations in the same order, whatever the other tokens and rows of the call are.
struct ProductArguments {
  const std::uint8_t* weights;   // group 0 (packed kinds) or row 0 (plain kinds)
  std::int64_t stride_bytes;     // from group to group (packed) or row to row (plain)
  std::int64_t columns;          // packed: multiple of 32 (K kinds: of 256); plain: any
  std::int64_t rows;             // of the matrix; results beyond are not written
  std::int64_t group_begin, group_end;
  const void* const* x;          // [tokens] pointers to [columns / 32] ActivationBlock (packed) or [columns] f32 (plain)
  int tokens;
  float* const* y;               // [tokens]; row r goes to y[t][r - y_first_row]
  std::int64_t y_first_row;
  const float* bias;             // [rows] or null
  const float* weight;           // [tokens] y += weight * product; null: y = product (+ bias)
};

enum class Unit : std::uint8_t { silu, gelu, gelu_tanh, relu, relu_squared, swiglu_clamped };  // as ActivationKind

// Attention of `rows` query vectors that share one key/value head over one sequence's pages.
// Keys of a page and head: [key_dim][64]; values: [64][value_dim]; f16 or f32. What lies at positions beyond every row's
// last does not matter. Row i sees positions [first[i], last[i]]; page of position p: pages[p / 64].
struct AttentionArguments {
  bool full_precision;           // f32
  const void* keys;
  const void* values;
  std::int64_t key_page_stride, value_page_stride;  // elements from page to page; keys and values point at the head
  const std::int32_t* pages;
  int key_dim, value_dim;
  float scale, softcap;          // softcap 0: none
  int rows;                      // 1..attention_rows
  const float* const* q;         // [rows] to [key_dim]
  float* const* out;             // [rows] to [value_dim]
  const std::int32_t* first;     // [rows]
  const std::int32_t* last;      // [rows]
  float* const* probabilities;   // [rows] to [last + 1] or null
  float* scratch;                // attention_scratch_floats(value_dim, key_dim) floats, 64-byte aligned
};
constexpr int attention_rows = 24;
static inline std::int64_t attention_scratch_floats(int key_dim, int value_dim) {
  return static_cast<std::int64_t>(attention_rows) * (64 + (key_dim + 15) / 16 * 16 + (value_dim + 15) / 16 * 16);
}

// A tile of a float32 product C = A B, or C += A B. Sums run over k in ascending order, whatever the tile's size.
struct MatrixTile {
  const float* const* a;         // [rows] to [k]; turned: [k] to rows, the tile's first at a_column
  float* const* c;               // [rows] to the tile's first column
  int rows;                      // 1..matrix_tile_rows
  std::int64_t k;
  const float* b;                // [k][matrix_tile_columns]
  int columns;                   // 1..matrix_tile_columns: those written
  bool add;
  std::int64_t a_column;         // turned only
};

// The same of bfloat16: neighbours along k lie in pairs, the even one in the lower half.
struct PairTile {
  const std::uint32_t* a;        // [rows][pair_tile_stride] pairs; turned: [pairs][pair_tile_stride] rows
  bool turned;
  float* const* c;
  int rows;                      // 1..matrix_tile_rows
  std::int64_t pairs;
  const std::uint32_t* b;        // [pairs][matrix_tile_columns]
  int columns;
  bool add;
};
constexpr std::int64_t pair_tile_stride = 128;

// The functions of one instruction set.
struct KernelTable {
  void (*product[weight_kinds])(const ProductArguments&);
  // x [n] -> [n / 32]; n multiple of 32. A row with an infinity or NaN gives blocks whose products are NaN.
  void (*quantise)(const float* x, std::int64_t n, ActivationBlock* out);
  // x / sqrt(mean(x^2) + epsilon) * weight (null: 1) -> y; x may be y.
  void (*rms_norm)(const float* x, const float* weight, float epsilon, std::int64_t n, float* y);
  // x += y
  void (*add)(float* x, const float* y, std::int64_t n);
  // x * s -> y
  void (*scale)(const float* x, float s, std::int64_t n, float* y);
  // activation(gate) * up -> y; up null: activation(gate), not for swiglu_clamped.
  void (*glu)(Unit unit, float alpha, float limit, const float* gate, const float* up, std::int64_t n, float* y);
  // Rotates `heads` heads of `dim` values, x -> y (may be the same). cosine, sine [pairs]. halves: pairs (i, i + pairs),
  // else (2i, 2i + 1).
  void (*rotate)(const float* x, std::int64_t heads, std::int64_t dim, bool halves, const float* cosine, const float* sine,
                 std::int64_t pairs, float* y);
  void (*to_f16)(const float* x, std::int64_t n, std::uint16_t* y);
  void (*attention)(const AttentionArguments&);
  // Sum of exp(scale * x - shift) over [n]; the exponentials go to y (null: nowhere; may be x).
  float (*exponentials)(const float* x, float scale, float shift, std::int64_t n, float* y);
  int matrix_tile_rows, matrix_tile_columns;
  void (*matrix_tile)(const MatrixTile&);
  void (*matrix_tile_turned)(const MatrixTile&);  // A is given by its columns
  // Null where the instruction set has none; the processor must have AVX-512 BF16 besides.
  void (*pair_tile)(const PairTile&);
  void (*to_pairs)(const float* even, const float* odd, std::int64_t n, std::uint32_t* pairs);  // odd null: zeros
  void (*to_bf16)(const float* x, std::int64_t n, std::uint16_t* y);
  // sum of x y
  float (*dot)(const float* x, const float* y, std::int64_t n);
  // Of rms_norm, dy and x -> dx. weight null: 1.
  void (*rms_norm_backward)(const float* dy, const float* x, const float* weight, float epsilon, std::int64_t n, float* dx);
  // Of p = softmax(scale * s): slope = scale * p * (slope - sum p slope).
  void (*softmax_backward)(const float* p, float scale, std::int64_t n, float* slope);
  // Of silu(gate) * up: dy -> dgate, dup.
  void (*silu_backward)(const float* dy, const float* gate, const float* up, std::int64_t n, float* dgate, float* dup);
};

const KernelTable& avx2_kernels();    // needs AVX2, FMA, F16C
const KernelTable& avx512_kernels();  // needs those and AVX-512 F, BW, DQ, VL, VNNI

}  // namespace roundhouse::kernels
