// SPDX-License-Identifier: GPL-3.0-or-later
#include <signal.h>
#include <unistd.h>

#include "tests/plugins/hostile/hostile.h"

struct Kills : hostile::Plugin {
  Kills() { ::kill(::getppid(), SIGKILL); }
};
ROUNDHOUSE_PLUGIN(Kills, HOSTILE_ID);
