// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/kernels/avx512/kernels.h"
#include "engine/cpu/kernels/avx512/lanes.h"
#include "engine/cpu/kernels/avx512/shapes.h"
#include "engine/cpu/kernels/attention.inl.h"

namespace roundhouse::kernels {

void avx512_attention(const AttentionArguments& a) { attend(a); }

}  // namespace roundhouse::kernels
