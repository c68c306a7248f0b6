// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/fast_pack.h"

#include <cstring>
#include <string>
#include <utility>

#include "engine/base/checked.h"
#include "engine/base/half.h"

namespace roundhouse {
namespace {

using kernels::WeightKind;
using Byte = std::uint8_t;
constexpr std::int64_t lanes = kernels::group_rows;

// Where one row's part of a group goes. Vector j of a block is 64 bytes, four for each lane.
struct Target {
  Byte* scales;
  Byte* quants;
  std::int64_t lane;
};

void pack_row_q4_0(const Byte* row, std::int64_t columns, Target to) {
  for (std::int64_t b = 0; b < columns / 32; ++b, row += 18) {
    std::memcpy(to.scales + 32 * b + 2 * to.lane, row, 2);
    for (int j = 0; j < 4; ++j) std::memcpy(to.quants + 256 * b + 64 * j + 4 * to.lane, row + 2 + 4 * j, 4);
  }
}

void pack_row_q8_0(const Byte* row, std::int64_t columns, Target to) {
  for (std::int64_t b = 0; b < columns / 32; ++b, row += 34) {
    std::memcpy(to.scales + 32 * b + 2 * to.lane, row, 2);
    for (int j = 0; j < 8; ++j) {
      std::uint32_t four;
      std::memcpy(&four, row + 2 + 4 * j, 4);
      four ^= 0x80808080u;
      std::memcpy(to.quants + 512 * b + 64 * j + 4 * to.lane, &four, 4);
    }
  }
}

// values: 32 in ascending columns, below 16 -> the nibble vectors of one block.
void pack_nibbles(const Byte* values, Byte* quants, std::int64_t lane) {
  for (int j = 0; j < 4; ++j) {
    for (int i = 0; i < 4; ++i) {
      quants[64 * j + 4 * lane + i] =
          static_cast<Byte>((values[4 * j + i] & 15) | (values[16 + 4 * j + i] & 15) << 4);
    }
  }
}

// GGUF's Q4_K, 256 values: f16 d and dmin; 12 bytes with eight 6-bit scales and minima (the first four of each in the low
// six bits of bytes 0-3 and 4-7, the rest in the nibbles of bytes 8-11 with their upper bits in the top of bytes 0-7);
// 128 bytes of nibbles: 32 bytes hold part 2p in the low and part 2p + 1 in the high half.
void pack_row_q4_k(const Byte* row, std::int64_t columns, Target to) {
  for (std::int64_t s = 0; s < columns / 256; ++s, row += 144) {
    Byte* record = to.scales + 320 * s;
    std::memcpy(record + 2 * to.lane, row, 2);
    std::memcpy(record + 32 + 2 * to.lane, row + 2, 2);
    const Byte* six = row + 4;
    for (int part = 0; part < 8; ++part) {
      Byte scale, minimum;
      if (part < 4) {
        scale = six[part] & 63;
        minimum = six[part + 4] & 63;
      } else {
        scale = static_cast<Byte>((six[part + 4] & 15) | (six[part - 4] >> 6) << 4);
        minimum = static_cast<Byte>(six[part + 4] >> 4 | (six[part] >> 6) << 4);
      }
      record[64 + 16 * part + to.lane] = scale;
      record[192 + 16 * part + to.lane] = minimum;
      const Byte* source = row + 16 + 32 * (part / 2);
      Byte values[32];
      for (int i = 0; i < 32; ++i) values[i] = part % 2 == 0 ? source[i] & 15 : source[i] >> 4;
      pack_nibbles(values, to.quants + 256 * (8 * s + part), to.lane);
    }
  }
}

// GGUF's Q6_K, 256 values: 128 bytes of low nibbles, 64 bytes of high pairs, 16 signed scales, f16 d. Of each 128 values,
// quarter g (32 values) has its nibbles in bytes 32 (g % 2) + i, low half for g < 2, and its pairs at bits 2g of byte i.
void pack_row_q6_k(const Byte* row, std::int64_t columns, Target to) {
  for (std::int64_t s = 0; s < columns / 256; ++s, row += 210) {
    Byte* record = to.scales + 320 * s;
    std::memcpy(record + 2 * to.lane, row + 208, 2);
    for (int part = 0; part < 16; ++part) record[32 + 16 * part + to.lane] = row[192 + part];
    for (int block = 0; block < 8; ++block) {
      const Byte* nibbles = row + 64 * (block / 4) + 32 * (block % 2);
      const Byte* pairs = row + 128 + 32 * (block / 4);
      const int quarter = block % 4;
      Byte* quants = to.quants + 384 * (8 * s + block);
      Byte low[32];
      for (int i = 0; i < 32; ++i) low[i] = quarter < 2 ? nibbles[i] & 15 : nibbles[i] >> 4;
      pack_nibbles(low, quants, to.lane);
      for (int h = 0; h < 2; ++h) {
        for (int i = 0; i < 4; ++i) {
          Byte joined = 0;
          for (int f = 0; f < 4; ++f) {
            const int pair = pairs[16 * h + 4 * f + i] >> (2 * quarter) & 3;
            joined = static_cast<Byte>(joined | pair << (2 * f));
          }
          quants[256 + 64 * h + 4 * to.lane + i] = joined;
        }
      }
    }
  }
}

void pack_row(WeightKind kind, const Byte* row, std::int64_t columns, Target to) {
  switch (kind) {
    case WeightKind::q4_0: return pack_row_q4_0(row, columns, to);
    case WeightKind::q8_0: return pack_row_q8_0(row, columns, to);
    case WeightKind::q4_k: return pack_row_q4_k(row, columns, to);
    default: return pack_row_q6_k(row, columns, to);
  }
}

Error refused(const Weight& weight, ErrorCode code, std::string expected, std::string received) {
  return Error{code, "prepare weight", weight.name, std::move(expected), std::move(received)};
}

Result<Byte*> allocate(WeightArena& arena, std::int64_t bytes, const Weight& weight) {
  RH_ASSIGN(std::byte* const memory, arena.allocate(bytes, "prepared weight " + weight.name));
  return reinterpret_cast<Byte*>(memory);
}

Result<PackedWeight> pack_groups(const Weight& weight, WeightKind kind, WeightArena& arena, ThreadPool& pool) {
  const kernels::GroupLayout layout = kernels::group_layout(kind);
  if (weight.cols % layout.scales_columns != 0) {
    return refused(weight, ErrorCode::malformed, "columns in multiples of " + std::to_string(layout.scales_columns),
                   std::to_string(weight.cols));
  }
  PackedWeight packed;
  packed.kind = kind;
  packed.experts = weight.experts;
  packed.rows = weight.rows;
  packed.columns = weight.cols;
  packed.stride_bytes = kernels::group_bytes(layout, weight.cols);
  packed.expert_stride_bytes = packed.stride_bytes * packed.groups();
  const std::int64_t factors[] = {packed.expert_stride_bytes, packed.experts};
  const auto bytes = checked_product<std::int64_t>(factors);
  if (!bytes) return refused(weight, ErrorCode::out_of_memory, "a size below 2^63 bytes", "more");
  RH_ASSIGN(Byte* const memory, allocate(arena, *bytes, weight));
  packed.data = memory;
  packed.owned_bytes = *bytes;
  const auto* source = reinterpret_cast<const Byte*>(weight.data);
  const auto row_bytes = static_cast<std::int64_t>(weight.row_bytes());
  const std::int64_t groups = packed.groups();
  pool.parallel_for(groups * packed.experts, 1, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t g = begin; g < end; ++g) {
      const std::int64_t expert = g / groups, first_row = g % groups * lanes;
      Byte* group = memory + g * packed.stride_bytes;
      if (first_row + lanes > weight.rows || kind == WeightKind::q4_k || kind == WeightKind::q6_k) {
        std::memset(group, 0, static_cast<std::size_t>(packed.stride_bytes));  // rows that are not there; unused bytes
      }
      for (std::int64_t lane = 0; lane < lanes && first_row + lane < weight.rows; ++lane) {
        pack_row(kind, source + (expert * weight.rows + first_row + lane) * row_bytes, weight.cols,
                 {group, group + kernels::quants_offset(layout, weight.cols), lane});
      }
    }
  });
  return packed;
}

// Kernels read plain kinds where they lie if they lie so.
bool aligned(const Weight& weight) {
  return reinterpret_cast<std::uintptr_t>(weight.data) % (weight.type == DType::f32 ? 4 : 2) == 0;
}

bool is_vector(const Weight& weight) { return weight.experts == 1 && weight.rows == 1; }

std::uint64_t grouped_bytes(const Weight& weight, WeightKind kind) {
  const auto groups = static_cast<std::uint64_t>((weight.rows + lanes - 1) / lanes * weight.experts);
  return groups * static_cast<std::uint64_t>(kernels::group_bytes(kernels::group_layout(kind), weight.cols));
}

Result<PackedWeight> keep_plain(const Weight& weight, WeightKind kind, WeightArena& arena) {
  PackedWeight plain;
  plain.kind = kind;
  plain.experts = weight.experts;
  plain.rows = weight.rows;
  plain.columns = weight.cols;
  plain.stride_bytes = static_cast<std::int64_t>(weight.row_bytes());
  plain.expert_stride_bytes = plain.stride_bytes * weight.rows;
  plain.data = reinterpret_cast<const Byte*>(weight.data);
  if (aligned(weight)) return plain;
  plain.owned_bytes = static_cast<std::int64_t>(weight.bytes);
  RH_ASSIGN(Byte* const memory, allocate(arena, plain.owned_bytes, weight));
  std::memcpy(memory, weight.data, weight.bytes);
  plain.data = memory;
  return plain;
}

// A vector of 16-bit floats as f32: norms and biases are read as f32.
Result<PackedWeight> widen_vector(const Weight& weight, float (*convert)(std::uint16_t), WeightArena& arena) {
  PackedWeight plain;
  plain.rows = 1;
  plain.columns = weight.cols;
  plain.stride_bytes = plain.expert_stride_bytes = 4 * weight.cols;
  plain.owned_bytes = plain.stride_bytes;
  RH_ASSIGN(Byte* const memory, allocate(arena, plain.owned_bytes, weight));
  auto* const values = reinterpret_cast<float*>(memory);
  for (std::int64_t i = 0; i < weight.cols; ++i) {
    std::uint16_t bits;
    std::memcpy(&bits, weight.data + 2 * i, 2);
    values[i] = convert(bits);
  }
  plain.data = memory;
  return plain;
}

}  // namespace

Result<PackedWeight> pack_weight(const Weight& weight, WeightArena& arena, ThreadPool& pool) {
  const bool vector = is_vector(weight);
  switch (weight.type) {
    case DType::q4_0: return pack_groups(weight, WeightKind::q4_0, arena, pool);
    case DType::q8_0: return pack_groups(weight, WeightKind::q8_0, arena, pool);
    case DType::q4_k: return pack_groups(weight, WeightKind::q4_k, arena, pool);
    case DType::q6_k: return pack_groups(weight, WeightKind::q6_k, arena, pool);
    case DType::f32: return keep_plain(weight, WeightKind::f32, arena);
    case DType::f16:
      return vector ? widen_vector(weight, half_to_float, arena) : keep_plain(weight, WeightKind::f16, arena);
    case DType::bf16:
      return vector ? widen_vector(weight, bfloat16_to_float, arena) : keep_plain(weight, WeightKind::bf16, arena);
    default:
      return refused(weight, ErrorCode::unsupported, "f32, f16, bf16, q8_0, q4_0, q4_k or q6_k",
                     std::string(dtype_name(weight.type)));
  }
}

std::uint64_t bytes_to_pack(const Weight& weight) {
  switch (weight.type) {
    case DType::q4_0: return grouped_bytes(weight, WeightKind::q4_0);
    case DType::q8_0: return grouped_bytes(weight, WeightKind::q8_0);
    case DType::q4_k: return grouped_bytes(weight, WeightKind::q4_k);
    case DType::q6_k: return grouped_bytes(weight, WeightKind::q6_k);
    case DType::f16:
    case DType::bf16:
      if (is_vector(weight)) return 4 * static_cast<std::uint64_t>(weight.cols);
      [[fallthrough]];
    case DType::f32: return aligned(weight) ? 0 : weight.bytes;
    default: return 0;
  }
}

}  // namespace roundhouse
