// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdint>
#include <vector>

#include "engine/quant/dequantize.h"
#include "engine/quant/quantize.h"
#include "tests/fuzz/require.h"

using namespace roundhouse;

// The first byte chooses the type, the rest are a row of it; then the row's bytes once more as floats.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr DType types[] = {DType::f16, DType::bf16, DType::q8_0, DType::q4_0, DType::q4_k, DType::q6_k};
  if (size < 2) return 0;
  const DType type = types[data[0] % std::size(types)];
  const auto* const row = reinterpret_cast<const std::byte*>(data + 1);
  const std::int64_t blocks = static_cast<std::int64_t>(size - 1) / dtype_block_bytes(type);
  std::vector<float> values(static_cast<std::size_t>(blocks * dtype_block_elements(type)));
  FUZZ_REQUIRE(dequantize_row(type, row, static_cast<std::int64_t>(values.size()), values.data()).ok());

  std::vector<float> floats((size - 1) / 4 / 256 * 256 + 256);
  std::memcpy(floats.data(), row, std::min(size - 1, floats.size() * 4));
  std::vector<std::byte> made(static_cast<std::size_t>(*dtype_row_bytes(type, static_cast<std::int64_t>(floats.size()))));
  if (!quantize_row(type, floats.data(), static_cast<std::int64_t>(floats.size()), made.data()).ok()) return 0;
  std::vector<float> back(floats.size());
  FUZZ_REQUIRE(dequantize_row(type, made.data(), static_cast<std::int64_t>(back.size()), back.data()).ok());
  if (!dtype_is_block(type)) return 0;
  float largest = 0;
  for (const float value : floats) largest = std::max(largest, std::fabs(value));
  for (const float value : back) FUZZ_REQUIRE(std::isfinite(value) && std::fabs(value) <= 1.5f * largest + 1e-3f);
  return 0;
}
