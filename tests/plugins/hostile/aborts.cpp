// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>

#include "tests/plugins/hostile/hostile.h"

struct Aborts : hostile::Plugin {
  Aborts() { std::abort(); }
};
ROUNDHOUSE_PLUGIN(Aborts, HOSTILE_ID);
