// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>

#include "tests/plugins/hostile/hostile.h"

struct Aborts {
  ~Aborts() { std::abort(); }
} aborts;
ROUNDHOUSE_PLUGIN(hostile::Plugin, HOSTILE_ID);
