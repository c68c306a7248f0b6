// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/cpu/kernels/kernel_table.h"
#include "roundhouse/isa.h"

namespace roundhouse {

// The kernels of a fast instruction set; null where this build has none (another architecture, or `reference`).
// Whether the processor can run them is available_isas()'s business.
const kernels::KernelTable* kernels_for(Isa isa);

// Whether the processor can run pair_tile and what belongs to it.
bool has_avx512_bf16();

}  // namespace roundhouse
