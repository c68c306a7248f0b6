// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/prctl.h>
#include <unistd.h>

#include "tests/plugins/hostile/hostile.h"

// The child keeps every descriptor open and would stay for minutes.
struct Forks : hostile::Plugin {
  Forks() {
    if (::fork() == 0) {
      ::prctl(PR_SET_NAME, "rh-left-behind");
      ::sleep(300);
      ::_exit(0);
    }
  }
};
ROUNDHOUSE_PLUGIN(Forks, HOSTILE_ID);
