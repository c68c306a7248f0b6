// SPDX-License-Identifier: Apache-2.0
#include "engine/base/process_memory.h"

#include <fstream>
#include <string>

namespace roundhouse {

ProcessMemory process_memory() {
  ProcessMemory memory;
  std::ifstream status("/proc/self/status");
  for (std::string key; status >> key;) {
    std::uint64_t kib = 0;
    if (key == "VmRSS:" && status >> kib) memory.resident_bytes = kib * 1024;
    if (key == "VmHWM:" && status >> kib) memory.peak_bytes = kib * 1024;
    status.clear();
    std::getline(status, key);
  }
  return memory;
}

}  // namespace roundhouse
