// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/backends.h"

#include "engine/base/context.h"
#include "engine/cpu/reference_backend.h"

namespace roundhouse {

Result<std::unique_ptr<Backend>> create_cpu_backend(Isa isa, int threads) {
  return std::unique_ptr<Backend>(std::make_unique<ReferenceBackend>(threads));
}

}  // namespace roundhouse
