// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace roundhouse {

// Integer arithmetic on numbers that came from a file: nothing instead of wrapping.
template <std::integral T>
constexpr std::optional<T> checked_add(T a, std::type_identity_t<T> b) {
  T result;
  if (__builtin_add_overflow(a, b, &result)) return std::nullopt;
  return result;
}

template <std::integral T>
constexpr std::optional<T> checked_mul(T a, std::type_identity_t<T> b) {
  T result;
  if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
  return result;
}

// The product of `factors` (1 for none). Nothing on overflow of any prefix, or for a negative factor.
template <std::integral T>
constexpr std::optional<T> checked_product(std::span<const T> factors) {
  T result = 1;
  for (const T factor : factors) {
    if (std::cmp_less(factor, 0)) return std::nullopt;
    if (__builtin_mul_overflow(result, factor, &result)) return std::nullopt;
  }
  return result;
}

// The same value in another integer type; nothing when it does not fit.
template <std::integral To, std::integral From>
constexpr std::optional<To> checked_cast(From value) {
  if (!std::in_range<To>(value)) return std::nullopt;
  return static_cast<To>(value);
}

// `value` rounded up to a multiple of `alignment`, a positive number. Nothing on overflow.
template <std::integral T>
constexpr std::optional<T> checked_align_up(T value, std::type_identity_t<T> alignment) {
  const T remainder = value % alignment;
  if (remainder == 0) return value;
  return checked_add<T>(value, alignment - remainder);
}

// Whether [offset, offset + length) lies inside [0, size); never overflows.
constexpr bool range_within(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
  return offset <= size && length <= size - offset;
}

}  // namespace roundhouse
