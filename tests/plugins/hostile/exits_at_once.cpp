// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include "tests/plugins/hostile/hostile.h"

struct Exits : hostile::Plugin {
  roundhouse::Status extensions_ready() override { ::_exit(0); }
};
ROUNDHOUSE_PLUGIN(Exits, HOSTILE_ID);
