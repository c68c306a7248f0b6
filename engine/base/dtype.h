// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace roundhouse {

// Element and block types of tensors, whatever file they come from. The order is ours; the numbers
// that a file format uses are mapped in engine/io.
enum class DType : std::uint8_t {
  f32, f16, bf16, f64,
  i8, i16, i32, i64, u8, u16, u32, u64, bool_,
  f8_e4m3, f8_e5m2,
  q4_0, q4_1, q5_0, q5_1, q8_0, q8_1,
  q2_k, q3_k, q4_k, q5_k, q6_k, q8_k,
  iq1_s, iq1_m, iq2_xxs, iq2_xs, iq2_s, iq3_xxs, iq3_s, iq4_nl, iq4_xs,
  tq1_0, tq2_0, q1_0, mxfp4, nvfp4,
};
inline constexpr int dtype_count = static_cast<int>(DType::nvfp4) + 1;

// A row of n elements is stored as n / block_elements consecutive blocks of block_bytes.
struct DTypeInfo {
  DType type;
  std::string_view name;  // lower case, as shown to people and used in our own files
  int block_elements;     // 1 for plain types
  int block_bytes;
  bool supported;         // engine/quant dequantises it to f32 (see quant/dequantize.h)
};

namespace detail {
// In the order of the enumeration (checked below).
inline constexpr DTypeInfo dtype_table[] = {
    {DType::f32, "f32", 1, 4, true},
    {DType::f16, "f16", 1, 2, true},
    {DType::bf16, "bf16", 1, 2, true},
    {DType::f64, "f64", 1, 8, false},
    {DType::i8, "i8", 1, 1, false},
    {DType::i16, "i16", 1, 2, false},
    {DType::i32, "i32", 1, 4, false},
    {DType::i64, "i64", 1, 8, false},
    {DType::u8, "u8", 1, 1, false},
    {DType::u16, "u16", 1, 2, false},
    {DType::u32, "u32", 1, 4, false},
    {DType::u64, "u64", 1, 8, false},
    {DType::bool_, "bool", 1, 1, false},
    {DType::f8_e4m3, "f8_e4m3", 1, 1, false},
    {DType::f8_e5m2, "f8_e5m2", 1, 1, false},
    {DType::q4_0, "q4_0", 32, 18, true},
    {DType::q4_1, "q4_1", 32, 20, false},
    {DType::q5_0, "q5_0", 32, 22, false},
    {DType::q5_1, "q5_1", 32, 24, false},
    {DType::q8_0, "q8_0", 32, 34, true},
    {DType::q8_1, "q8_1", 32, 36, false},
    {DType::q2_k, "q2_k", 256, 84, false},
    {DType::q3_k, "q3_k", 256, 110, false},
    {DType::q4_k, "q4_k", 256, 144, true},
    {DType::q5_k, "q5_k", 256, 176, false},
    {DType::q6_k, "q6_k", 256, 210, true},
    {DType::q8_k, "q8_k", 256, 292, false},
    {DType::iq1_s, "iq1_s", 256, 50, false},
    {DType::iq1_m, "iq1_m", 256, 56, false},
    {DType::iq2_xxs, "iq2_xxs", 256, 66, false},
    {DType::iq2_xs, "iq2_xs", 256, 74, false},
    {DType::iq2_s, "iq2_s", 256, 82, false},
    {DType::iq3_xxs, "iq3_xxs", 256, 98, false},
    {DType::iq3_s, "iq3_s", 256, 110, false},
    {DType::iq4_nl, "iq4_nl", 32, 18, false},
    {DType::iq4_xs, "iq4_xs", 256, 136, false},
    {DType::tq1_0, "tq1_0", 256, 54, false},
    {DType::tq2_0, "tq2_0", 256, 66, false},
    {DType::q1_0, "q1_0", 128, 18, false},
    {DType::mxfp4, "mxfp4", 32, 17, false},
    {DType::nvfp4, "nvfp4", 64, 36, false},
};
constexpr bool dtype_table_in_order() {
  int index = 0;
  for (const DTypeInfo& row : dtype_table) {
    if (static_cast<int>(row.type) != index++) return false;
  }
  return index == dtype_count;
}
static_assert(dtype_table_in_order());
}  // namespace detail

constexpr const DTypeInfo& dtype_info(DType type) { return detail::dtype_table[static_cast<int>(type)]; }
constexpr std::string_view dtype_name(DType type) { return dtype_info(type).name; }
constexpr int dtype_block_elements(DType type) { return dtype_info(type).block_elements; }
constexpr int dtype_block_bytes(DType type) { return dtype_info(type).block_bytes; }
constexpr bool dtype_supported(DType type) { return dtype_info(type).supported; }
constexpr bool dtype_is_block(DType type) { return dtype_info(type).block_elements > 1; }

// By `name`; nothing for a name that is not in the table.
std::optional<DType> dtype_from_name(std::string_view name);

// Bytes of a row of `elements`. Nothing when negative, not a multiple of the block, or beyond int64.
std::optional<std::int64_t> dtype_row_bytes(DType type, std::int64_t elements);

}  // namespace roundhouse
