// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/plugins/hostile/hostile.h"

struct Throws : hostile::Plugin {
  Throws() { throw 7; }
};
ROUNDHOUSE_PLUGIN(Throws, HOSTILE_ID);
