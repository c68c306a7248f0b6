// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/plugins/hostile/hostile.h"

static int deeper(int depth) {  // NOLINT: without end on purpose
  volatile char room[4096];
  room[0] = static_cast<char>(depth);
  return deeper(depth + 1) + room[0];
}
struct Recurses : hostile::Plugin {
  Recurses() { hostile::sink = deeper(0); }
};
ROUNDHOUSE_PLUGIN(Recurses, HOSTILE_ID);
