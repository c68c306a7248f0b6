// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include "tests/plugins/hostile/hostile.h"

struct Hangs : hostile::Plugin {
  Hangs() {
    for (;;) ::pause();
  }
};
ROUNDHOUSE_PLUGIN(Hangs, HOSTILE_ID);
