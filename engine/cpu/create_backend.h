// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "engine/base/context.h"
#include "engine/ops/backend.h"

namespace roundhouse {

// The CPU backend for an arithmetic path; `automatic` is the fastest that this processor has. Unsupported when the
// processor lacks it.
Result<std::unique_ptr<Backend>> create_cpu_backend(Isa isa, int threads, Context context = {});

// The backend for training on the CPU: float32 on the instruction set's kernels; for Isa::reference the reference backend.
Result<std::unique_ptr<Backend>> create_training_backend(Isa isa, int threads, Context context = {});

}  // namespace roundhouse
