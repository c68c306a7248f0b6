// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/kernels/avx2/kernels.h"
#include "engine/cpu/kernels/avx2/lanes.h"
#include "engine/cpu/kernels/avx2/shapes.h"
#include "engine/cpu/kernels/product_plain.inl.h"

namespace roundhouse::kernels {

void avx2_product_f32(const ProductArguments& a) { plain_product<PlainF32>(a); }

}  // namespace roundhouse::kernels
