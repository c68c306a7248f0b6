// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "roundhouse/result.h"

namespace roundhouse {

struct MemoryNeed {
  std::uint64_t weights_bytes = 0;  // all of them, wherever they lie
  std::uint64_t copied_bytes = 0;   // of those, what loading copies: experts stacked, weights repacked
};
struct MemoryThere {
  std::uint64_t free_bytes = 0;      // now; 0: unknown
  std::uint64_t physical_bytes = 0;  // of the machine or its control group; 0: unknown
};

// `out_of_memory` for what cannot run here: copies must be free now. Weights that are used where the file is mapped may push
// each other out, but every token wants nearly all of them: all must fit into what there is at most.
Status check_memory(const std::string& path, const MemoryNeed& need, const MemoryThere& there);

}  // namespace roundhouse
