// SPDX-License-Identifier: Apache-2.0
#include "engine/quant/dequantize.h"

#include <fmt/format.h>

namespace roundhouse {

Status dequantize_row(DType type, const std::byte* src, std::int64_t n, float* dst) {
  const auto object = [&] { return fmt::format("row of {} values as {}", n, dtype_name(type)); };
  if (!dtype_row_bytes(type, n)) {
    return Error{ErrorCode::invalid_argument, "dequantize", object(), fmt::format("a multiple of {} values", dtype_block_elements(type)), std::to_string(n)};
  }
  switch (type) {
    case DType::f32: dequantize_row_as<DType::f32>(src, n, dst); return Ok{};
    case DType::f16: dequantize_row_as<DType::f16>(src, n, dst); return Ok{};
    case DType::bf16: dequantize_row_as<DType::bf16>(src, n, dst); return Ok{};
    case DType::q8_0: dequantize_row_as<DType::q8_0>(src, n, dst); return Ok{};
    case DType::q4_0: dequantize_row_as<DType::q4_0>(src, n, dst); return Ok{};
    case DType::q4_k: dequantize_row_as<DType::q4_k>(src, n, dst); return Ok{};
    case DType::q6_k: dequantize_row_as<DType::q6_k>(src, n, dst); return Ok{};
    default: break;
  }
  return Error{ErrorCode::unsupported, "dequantize", object(), "f32, f16, bf16, q8_0, q4_0, q4_k or q6_k", std::string(dtype_name(type))};
}

}  // namespace roundhouse
