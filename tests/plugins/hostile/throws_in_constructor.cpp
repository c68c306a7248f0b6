// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdexcept>

#include "tests/plugins/hostile/hostile.h"

struct Throws : hostile::Plugin {
  Throws() { throw std::runtime_error("no\nway\x1b[31m"); }
};
ROUNDHOUSE_PLUGIN(Throws, HOSTILE_ID);
