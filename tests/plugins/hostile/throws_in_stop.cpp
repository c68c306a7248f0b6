// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdexcept>

#include "tests/plugins/hostile/hostile.h"

struct Throws : hostile::Plugin {
  void stop() override { throw std::runtime_error("not yet"); }
};
ROUNDHOUSE_PLUGIN(Throws, HOSTILE_ID);
