// SPDX-License-Identifier: Apache-2.0
// For architectures without kernels of their own: select_x86.cpp's counterpart.
#include "engine/cpu/kernels/select.h"

namespace roundhouse {

const kernels::KernelTable* kernels_for(Isa) { return nullptr; }

}  // namespace roundhouse
