// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

#include "roundhouse/model.h"

namespace roundhouse {

namespace {

// The number after `key` in a file of "key number" lines; the first number for an empty key.
std::optional<std::uint64_t> number_in(const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const char* begin = line.c_str() + key.size();
    char* end = nullptr;
    const std::uint64_t value = std::strtoull(begin, &end, 10);
    if (end != begin) return value;
  }
  return std::nullopt;
}

}  // namespace

std::uint64_t available_memory_bytes() {
  std::uint64_t available = number_in("/proc/meminfo", "MemAvailable:").value_or(0) * 1024;
  const auto limit = number_in("/sys/fs/cgroup/memory.max", ""), current = number_in("/sys/fs/cgroup/memory.current", "");
  if (limit && current) {
    const std::uint64_t cached = number_in("/sys/fs/cgroup/memory.stat", "inactive_file ").value_or(0);
    const std::uint64_t used = *current - std::min(*current, cached);
    available = std::min(available, *limit > used ? *limit - used : 0);
  }
  return available;
}

}  // namespace roundhouse
