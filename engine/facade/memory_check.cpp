// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/memory_check.h"

namespace roundhouse {

Status check_memory(const std::string& path, const MemoryNeed& need, const MemoryThere& there) {
  if (there.physical_bytes > 0 && need.weights_bytes > there.physical_bytes) {
    return Error{ErrorCode::out_of_memory, "load model", path, std::to_string(need.weights_bytes) + " bytes of memory for its weights",
                 std::to_string(there.physical_bytes) + " in all"};
  }
  if (there.free_bytes > 0 && need.copied_bytes > there.free_bytes) {
    return Error{ErrorCode::out_of_memory, "load model", path, std::to_string(need.copied_bytes) + " bytes of free memory for its weights",
                 std::to_string(there.free_bytes)};
  }
  return Ok{};
}

}  // namespace roundhouse
