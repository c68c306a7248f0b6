// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/available_memory.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

#include "roundhouse/model.h"

namespace roundhouse {

namespace {

using Path = std::filesystem::path;

// What follows `key` in a file of lines; the first line for an empty key.
std::optional<std::string> text_in(const Path& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) return line.substr(key.size());
  }
  return std::nullopt;
}

std::optional<std::uint64_t> number_in(const Path& path, const std::string& key) {
  const auto text = text_in(path, key);
  if (!text) return std::nullopt;
  char* end = nullptr;
  const std::uint64_t value = std::strtoull(text->c_str(), &end, 10);
  return end == text->c_str() ? std::nullopt : std::optional(value);  // "max", "unlimited"
}

std::uint64_t left(std::uint64_t limit, std::uint64_t used) { return limit - std::min(limit, used); }

// What the limit of one control group leaves, its cached files counted as free.
std::optional<std::uint64_t> left_in_group(const Path& group) {
  const auto limit = number_in(group / "memory.max", ""), current = number_in(group / "memory.current", "");
  if (!limit || !current) return std::nullopt;
  return left(*limit, left(*current, number_in(group / "memory.stat", "inactive_file ").value_or(0)));
}

// The process's group, its parents, and the root of what is mounted: inside a container a limit may stand only there.
template <class Take>
void for_each_group(const Path& root, Take take) {
  Path group = Path(text_in(root / "proc/self/cgroup", "0::").value_or("/")).relative_path();
  for (;; group = group.parent_path()) {
    take(root / "sys/fs/cgroup" / group);
    if (group.empty()) break;
  }
}

}  // namespace

std::uint64_t available_memory_under(const Path& root) {
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  const auto consider = [&](std::optional<std::uint64_t> bytes) {
    if (bytes) least = std::min(least, *bytes);
  };
  const auto free_kib = number_in(root / "proc/meminfo", "MemAvailable:");
  if (!free_kib) return 0;
  consider(*free_kib * 1024);

  for_each_group(root, [&](const Path& group) { consider(left_in_group(group)); });
  const auto space = number_in(root / "proc/self/limits", "Max address space");
  const auto taken_kib = number_in(root / "proc/self/status", "VmSize:");
  if (space && taken_kib) consider(left(*space, *taken_kib * 1024));
  return std::max<std::uint64_t>(least, 1);
}

std::uint64_t physical_memory_under(const Path& root) {
  const auto total_kib = number_in(root / "proc/meminfo", "MemTotal:");
  if (!total_kib) return 0;
  std::uint64_t least = *total_kib * 1024;
  for_each_group(root, [&](const Path& group) { least = std::min(least, number_in(group / "memory.max", "").value_or(least)); });
  return least;
}

std::uint64_t physical_memory_bytes() { return physical_memory_under("/"); }

std::uint64_t available_memory_bytes() { return available_memory_under("/"); }

}  // namespace roundhouse
