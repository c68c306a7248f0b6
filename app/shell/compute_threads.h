// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace roundhouse::app {

class Settings;

inline constexpr int kMostThreads = 512;

// How many threads the engine is to compute with, 0 to kMostThreads, whatever stands in the settings. 0: one per processor.
int computeThreads(const Settings& settings);

}  // namespace roundhouse::app
