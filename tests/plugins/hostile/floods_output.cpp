// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <cstring>

#include "tests/plugins/hostile/hostile.h"

struct Floods : hostile::Plugin {
  Floods() {
    char block[65536];
    std::memset(block, 7, sizeof block);
    for (int i = 0; i < 2000; ++i) {
      hostile::sink = static_cast<int>(::write(1 + i % 3, block, sizeof block));
    }
    (void)::write(3, "\n", 1);
  }
};
ROUNDHOUSE_PLUGIN(Floods, HOSTILE_ID);
