// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/kernels/select.h"

namespace roundhouse {

const kernels::KernelTable* kernels_for(Isa isa) {
  if (isa == Isa::avx2) return &kernels::avx2_kernels();
  if (isa == Isa::avx512) return &kernels::avx512_kernels();
  return nullptr;
}

}  // namespace roundhouse
