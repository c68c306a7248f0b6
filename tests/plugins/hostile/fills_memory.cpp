// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstring>

#include "tests/plugins/hostile/hostile.h"

// Reserves without touching, so that the machine does not suffer from this test.
struct Fills : hostile::Plugin {
  Fills() {
    for (int i = 0; i < 1000; ++i) hostile::sink = *(new char[std::size_t{1} << 30]);
  }
};
ROUNDHOUSE_PLUGIN(Fills, HOSTILE_ID);
