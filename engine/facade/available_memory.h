// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

namespace roundhouse {

// available_memory_bytes() by the files below `root`/proc and `root`/sys/fs/cgroup: the least of what the system, each
// control group (version 2) that this process is in, and its limit of address space leave. 0: unknown.
std::uint64_t available_memory_under(const std::filesystem::path& root);

// physical_memory_bytes() by the same files: the machine's memory and the limits of the control groups. 0: unknown.
std::uint64_t physical_memory_under(const std::filesystem::path& root);

}  // namespace roundhouse
