// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/weight_rows.h"

#include <cassert>
#include <string>
#include <utility>

#include "engine/base/checked.h"
#include "engine/quant/dequantize.h"

namespace roundhouse {

Status check_host_weight(const Weight& weight) {
  const auto fail = [&](ErrorCode code, std::string expected, std::string received) {
    return Error{code, "prepare weight", weight.name, std::move(expected), std::move(received)};
  };
  if (!dtype_supported(weight.type)) {
    return fail(ErrorCode::unsupported, "a type that can be dequantised", std::string(dtype_name(weight.type)));
  }
  if (weight.residency != Residency::mapped_file && weight.residency != Residency::host) {
    return fail(ErrorCode::unsupported, "bytes in host memory", "bytes elsewhere");
  }
  const std::string shape =
      std::to_string(weight.experts) + " x " + std::to_string(weight.rows) + " x " + std::to_string(weight.cols);
  const auto row_bytes = dtype_row_bytes(weight.type, weight.cols);
  if (weight.experts < 1 || weight.rows < 1 || weight.cols < 1 || !row_bytes) {
    return fail(ErrorCode::invalid_argument,
                "a positive shape, columns a multiple of " + std::to_string(dtype_block_elements(weight.type)), shape);
  }
  const std::int64_t factors[] = {weight.experts, weight.rows, *row_bytes};
  const auto bytes = checked_product<std::int64_t>(factors);
  if (!bytes || static_cast<std::uint64_t>(*bytes) != weight.bytes) {
    return fail(ErrorCode::invalid_argument, (bytes ? std::to_string(*bytes) : std::string("fewer than 2^63")) +
                " bytes for " + shape + " of " + std::string(dtype_name(weight.type)), std::to_string(weight.bytes));
  }
  if (!weight.data) return fail(ErrorCode::invalid_argument, "bytes", "none");
  return Ok{};
}

const float* weight_row(const Weight& weight, std::int64_t expert, std::int64_t row, float* out) {
  return weight_part(weight, expert, row, 0, weight.cols, out);
}

const float* weight_part(const Weight& weight, std::int64_t expert, std::int64_t row, std::int64_t first, std::int64_t count, float* out) {
  const std::int64_t block = dtype_block_elements(weight.type);
  assert(first % block == 0 && first + count <= weight.cols);
  const auto before = static_cast<std::uint64_t>(first) * weight.row_bytes() / static_cast<std::uint64_t>(weight.cols);
  const std::byte* const bytes = weight.data + static_cast<std::uint64_t>(expert * weight.rows + row) * weight.row_bytes() + before;
  if (weight.type == DType::f32 && reinterpret_cast<std::uintptr_t>(bytes) % alignof(float) == 0) {
    return reinterpret_cast<const float*>(bytes);
  }
  [[maybe_unused]] const Status status = dequantize_row(weight.type, bytes, (count + block - 1) / block * block, out);
  assert(status.ok());  // check_host_weight looked
  return out;
}

}  // namespace roundhouse
