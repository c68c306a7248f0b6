// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace roundhouse {

struct ProcessMemory {
  std::uint64_t resident_bytes = 0, peak_bytes = 0;  // of this process, shared pages counted whole; 0: unknown
};

// As the kernel has it now (/proc/self/status). Any thread.
ProcessMemory process_memory();

}  // namespace roundhouse
