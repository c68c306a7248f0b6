// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/compute_threads.h"

#include <algorithm>

#include "app/shell/settings.h"

namespace roundhouse::app {

int computeThreads(const Settings& settings) {
  return static_cast<int>(std::clamp(settings.number(keys::threads, 0), 0.0, double(kMostThreads)));
}

}  // namespace roundhouse::app
