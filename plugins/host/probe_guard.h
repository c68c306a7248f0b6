// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "roundhouse/result.h"

namespace roundhouse::plugins {

struct ProbeLimits {
  double wall_seconds = 5;          // enforced by the parent
  int cpu_seconds = 10;
  long long file_bytes = 16 << 20;  // largest file it may write
  long long memory_bytes = 4ll << 30;  // address space; 0: no limit
};

// Called by the probe process on itself before plugin code is loaded: limits of processor time, memory, files and core
// dumps; no new privileges; no signal to another process, no tracing of one, no internet sockets, where the kernel
// can filter system calls. It keeps an accident from spreading. It is not a sandbox: who installs a plugin trusts it.
Status restrict_this_process(const ProbeLimits& limits);

}  // namespace roundhouse::plugins
