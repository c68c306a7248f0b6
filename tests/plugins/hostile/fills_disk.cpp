// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <unistd.h>

#include "tests/plugins/hostile/hostile.h"

struct Fills : hostile::Plugin {
  Fills() {
    const int fd = ::open("big", O_WRONLY | O_CREAT, 0600);
    static char block[1 << 20];
    for (int i = 0; i < 1000; ++i) hostile::sink = static_cast<int>(::write(fd, block, sizeof block));
  }
};
ROUNDHOUSE_PLUGIN(Fills, HOSTILE_ID);
