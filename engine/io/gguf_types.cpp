// SPDX-License-Identifier: Apache-2.0
#include "engine/io/gguf_types.h"

#include <utility>

namespace roundhouse {
namespace {

constexpr std::pair<std::uint32_t, DType> tensor_types[] = {
    {0, DType::f32},      {1, DType::f16},      {2, DType::q4_0},    {3, DType::q4_1},    {6, DType::q5_0},
    {7, DType::q5_1},     {8, DType::q8_0},     {9, DType::q8_1},    {10, DType::q2_k},   {11, DType::q3_k},
    {12, DType::q4_k},    {13, DType::q5_k},    {14, DType::q6_k},   {15, DType::q8_k},   {16, DType::iq2_xxs},
    {17, DType::iq2_xs},  {18, DType::iq3_xxs}, {19, DType::iq1_s},  {20, DType::iq4_nl}, {21, DType::iq3_s},
    {22, DType::iq2_s},   {23, DType::iq4_xs},  {24, DType::i8},     {25, DType::i16},    {26, DType::i32},
    {27, DType::i64},     {28, DType::f64},     {29, DType::iq1_m},  {30, DType::bf16},   {34, DType::tq1_0},
    {35, DType::tq2_0},   {39, DType::mxfp4},   {40, DType::nvfp4},  {41, DType::q1_0},
};

}  // namespace

std::string_view gguf_value_type_name(GgufValueType type) {
  constexpr std::string_view names[gguf_value_type_count] = {
      "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "bool", "string", "array", "uint64", "int64", "float64"};
  const auto number = static_cast<std::uint32_t>(type);
  return number < gguf_value_type_count ? names[number] : "unknown";
}

std::optional<DType> dtype_from_gguf(std::uint32_t number) {
  for (const auto& [candidate, type] : tensor_types) {
    if (candidate == number) return type;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> gguf_from_dtype(DType type) {
  for (const auto& [number, candidate] : tensor_types) {
    if (candidate == type) return number;
  }
  return std::nullopt;
}

std::string gguf_tensor_type_name(std::uint32_t number) {
  const auto type = dtype_from_gguf(number);
  if (!type) return "type " + std::to_string(number);
  std::string name(dtype_name(*type));
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

}  // namespace roundhouse
