// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdexcept>

#include "tests/plugins/hostile/hostile.h"

struct Throws : hostile::Plugin {
  roundhouse::Status start() noexcept override { throw std::runtime_error("never caught"); }
};
ROUNDHOUSE_PLUGIN(Throws, HOSTILE_ID);
