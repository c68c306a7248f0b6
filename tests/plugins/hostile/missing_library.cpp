// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/plugins/hostile/hostile.h"

extern "C" int roundhouse_absent();
struct Needs : hostile::Plugin {
  Needs() { hostile::sink = roundhouse_absent(); }
};
ROUNDHOUSE_PLUGIN(Needs, HOSTILE_ID);
