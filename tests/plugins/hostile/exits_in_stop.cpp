// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>

#include "tests/plugins/hostile/hostile.h"

struct Exits : hostile::Plugin {
  void stop() override { std::exit(0); }
};
ROUNDHOUSE_PLUGIN(Exits, HOSTILE_ID);
