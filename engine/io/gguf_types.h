// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/dtype.h"

namespace roundhouse {

// The numbers of the GGUF format (ggml's docs/gguf.md and type list, as of 2026-11).

enum class GgufValueType : std::uint32_t {
  u8 = 0, i8 = 1, u16 = 2, i16 = 3, u32 = 4, i32 = 5, f32 = 6, boolean = 7, string = 8, array = 9, u64 = 10, i64 = 11, f64 = 12,
};
inline constexpr std::uint32_t gguf_value_type_count = 13;

std::string_view gguf_value_type_name(GgufValueType type);

// The tensor type behind a number; nothing for numbers that are unassigned, withdrawn or newer than this list.
std::optional<DType> dtype_from_gguf(std::uint32_t number);
std::optional<std::uint32_t> gguf_from_dtype(DType type);

// "Q4_0" as GGUF tools write it, "type 99" for an unknown number.
std::string gguf_tensor_type_name(std::uint32_t number);

}  // namespace roundhouse
