// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/plugins/hostile/hostile.h"

struct Segfaults : hostile::Plugin {
  roundhouse::Status initialise(roundhouse::plugin::Host&, roundhouse::plugin::Registry&) override {
    volatile int* nowhere = nullptr;
    *nowhere = 1;
    return roundhouse::Ok{};
  }
};
ROUNDHOUSE_PLUGIN(Segfaults, HOSTILE_ID);
