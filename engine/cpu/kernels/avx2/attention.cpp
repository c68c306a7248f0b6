// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/kernels/avx2/kernels.h"
#include "engine/cpu/kernels/avx2/lanes.h"
#include "engine/cpu/kernels/avx2/shapes.h"
#include "engine/cpu/kernels/attention.inl.h"

namespace roundhouse::kernels {

void avx2_attention(const AttentionArguments& a) { attend(a); }

}  // namespace roundhouse::kernels
