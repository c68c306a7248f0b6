// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace roundhouse::app {

// What programs could take now without swapping, by the kernel's estimate (MemAvailable), lowered to what the
// process's control group leaves; 0 when neither is known.
std::uint64_t availableMemoryBytes();

}  // namespace roundhouse::app
