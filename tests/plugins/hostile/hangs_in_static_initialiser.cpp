// SPDX-License-Identifier: GPL-3.0-or-later
#include <csignal>

#include "tests/plugins/hostile/hostile.h"

// Also deaf to polite signals, and busy.
struct Spins {
  Spins() {
    std::signal(SIGTERM, SIG_IGN);
    for (;;) hostile::sink = hostile::sink + 1;
  }
} spins;
ROUNDHOUSE_PLUGIN(hostile::Plugin, HOSTILE_ID);
