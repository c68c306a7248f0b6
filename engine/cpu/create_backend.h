// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "engine/base/context.h"
#include "engine/cpu/product_precision.h"
#include "engine/ops/backend.h"

namespace roundhouse {

// The CPU backend for an arithmetic path; `automatic` is the fastest that this processor has. Unsupported when the
// processor lacks it.
Result<std::unique_ptr<Backend>> create_cpu_backend(Isa isa, int threads, Context context = {});

// The backend for training on the CPU, on the instruction set's kernels; for Isa::reference the reference backend, float32
// only. Unsupported, too, where the processor cannot multiply bfloat16.
Result<std::unique_ptr<Backend>> create_training_backend(Isa isa, int threads, Context context = {},
                                                         ProductPrecision precision = ProductPrecision::float32);

}  // namespace roundhouse
