// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/kernels/avx512/kernels.h"
#include "engine/cpu/kernels/avx512/lanes.h"
#include "engine/cpu/kernels/avx512/shapes.h"
#include "engine/cpu/kernels/product_plain.inl.h"

namespace roundhouse::kernels {

void avx512_product_f16(const ProductArguments& a) { plain_product<PlainF16>(a); }

}  // namespace roundhouse::kernels
