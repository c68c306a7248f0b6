// SPDX-License-Identifier: Apache-2.0
#pragma once

// Random weights in every type of the fast kernels, and their values by the definition of the format.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "engine/base/half.h"
#include "engine/ops/weight.h"

namespace fast_test {

using namespace roundhouse;
using Random = std::mt19937;

inline const std::vector<DType>& weight_types() {
  static const std::vector<DType> types{DType::q4_0, DType::q8_0, DType::q4_k, DType::q6_k, DType::f32, DType::f16, DType::bf16};
  return types;
}

inline float gaussian(Random& random, float deviation = 1.0f) { return std::normal_distribution<float>(0.0f, deviation)(random); }

inline std::vector<float> gaussian_row(Random& random, std::int64_t n, float deviation = 1.0f) {
  std::vector<float> row(static_cast<std::size_t>(n));
  for (float& value : row) value = gaussian(random, deviation);
  return row;
}

// A weight that owns its bytes.
struct OwnedWeight {
  std::vector<std::byte> bytes;
  Weight weight;
};

// Random bytes for the quants, small scales, so that values are of the order of 0.05.
inline OwnedWeight random_weight(Random& random, DType type, std::int64_t experts, std::int64_t rows, std::int64_t cols,
                                 std::uint32_t id = 0) {
  OwnedWeight owned;
  const std::int64_t block = dtype_block_elements(type), block_bytes = dtype_block_bytes(type);
  const std::int64_t blocks = experts * rows * (cols / block);
  owned.bytes.resize(static_cast<std::size_t>(blocks * block_bytes));
  const auto put_half = [](std::byte* at, float value) {
    const std::uint16_t bits = float_to_half(value);
    std::memcpy(at, &bits, 2);
  };
  for (std::int64_t b = 0; b < blocks; ++b) {
    std::byte* at = owned.bytes.data() + b * block_bytes;
    for (std::int64_t i = 0; i < block_bytes; ++i) at[i] = static_cast<std::byte>(random() & 255);
    switch (type) {
      case DType::q4_0: put_half(at, gaussian(random, 0.01f)); break;
      case DType::q8_0: put_half(at, gaussian(random, 0.0006f)); break;
      case DType::q4_k: put_half(at, gaussian(random, 0.0002f)); put_half(at + 2, gaussian(random, 0.0015f)); break;
      case DType::q6_k: put_half(at + 208, gaussian(random, 0.00004f)); break;
      case DType::f16: put_half(at, gaussian(random, 0.05f)); break;
      case DType::bf16: {
        const std::uint16_t bits = float_to_bfloat16(gaussian(random, 0.05f));
        std::memcpy(at, &bits, 2);
        break;
      }
      default: {
        const float value = gaussian(random, 0.05f);
        std::memcpy(at, &value, 4);
      }
    }
  }
  Weight& w = owned.weight;
  w.id = id;
  w.name = "test." + std::to_string(id);
  w.type = type;
  w.experts = experts;
  w.rows = rows;
  w.cols = cols;
  w.data = owned.bytes.data();
  w.bytes = owned.bytes.size();
  return owned;
}

// Value `column` of a row, straight from the format's definition.
inline double weight_value(const Weight& w, std::int64_t row, std::int64_t column) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(w.data) + row * static_cast<std::int64_t>(w.row_bytes());
  const auto half_at = [](const std::uint8_t* at) {
    std::uint16_t bits;
    std::memcpy(&bits, at, 2);
    return static_cast<double>(half_to_float(bits));
  };
  const int in32 = static_cast<int>(column % 32), in256 = static_cast<int>(column % 256);
  switch (w.type) {
    case DType::q4_0: {
      const std::uint8_t* block = bytes + column / 32 * 18;
      const int nibble = in32 < 16 ? block[2 + in32] & 15 : block[2 + in32 - 16] >> 4;
      return half_at(block) * (nibble - 8);
    }
    case DType::q8_0: {
      const std::uint8_t* block = bytes + column / 32 * 34;
      return half_at(block) * static_cast<std::int8_t>(block[2 + in32]);
    }
    case DType::q4_k: {
      const std::uint8_t* block = bytes + column / 256 * 144;
      const int part = in256 / 32;
      int scale, minimum;
      if (part < 4) {
        scale = block[4 + part] & 63;
        minimum = block[8 + part] & 63;
      } else {
        scale = (block[8 + part] & 15) + 16 * (block[part] >> 6);
        minimum = (block[8 + part] >> 4) + 16 * (block[4 + part] >> 6);
      }
      const std::uint8_t byte = block[16 + 32 * (part / 2) + in32];
      return half_at(block) * scale * (part % 2 ? byte >> 4 : byte & 15) - half_at(block + 2) * minimum;
    }
    case DType::q6_k: {
      const std::uint8_t* block = bytes + column / 256 * 210;
      const int half = in256 / 128, quarter = in256 % 128 / 32;
      const std::uint8_t low = block[64 * half + 32 * (quarter % 2) + in32];
      const int pair = block[128 + 32 * half + in32] >> (2 * quarter) & 3;
      const int q = (quarter < 2 ? low & 15 : low >> 4) + 16 * pair - 32;
      return half_at(block + 208) * static_cast<std::int8_t>(block[192 + in256 / 16]) * q;
    }
    case DType::f16: return half_at(bytes + 2 * column);
    case DType::bf16: {
      std::uint16_t bits;
      std::memcpy(&bits, bytes + 2 * column, 2);
      return bfloat16_to_float(bits);
    }
    default: {
      float value;
      std::memcpy(&value, bytes + 4 * column, 4);
      return value;
    }
  }
}

}  // namespace fast_test
