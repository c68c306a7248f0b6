// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/plugins/hostile/hostile.h"

extern "C" int roundhouse_function_that_nobody_has();
struct Needs : hostile::Plugin {
  Needs() { hostile::sink = roundhouse_function_that_nobody_has(); }
};
ROUNDHOUSE_PLUGIN(Needs, HOSTILE_ID);
