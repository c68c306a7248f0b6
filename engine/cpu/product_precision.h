// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace roundhouse {

// What the operands of training's products are rounded to (to nearest even); sums are float32 either way. bfloat16 takes a
// processor with AVX-512 BF16. Routers are multiplied in float32 always: experts are chosen by small differences.
enum class ProductPrecision : std::uint8_t { float32, bfloat16 };

}  // namespace roundhouse
