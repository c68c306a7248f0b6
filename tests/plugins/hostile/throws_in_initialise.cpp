// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdexcept>

#include "tests/plugins/hostile/hostile.h"

struct Throws : hostile::Plugin {
  roundhouse::Status initialise(roundhouse::plugin::Host&, roundhouse::plugin::Registry&) override {
    throw std::out_of_range("index 3 of 2");
  }
};
ROUNDHOUSE_PLUGIN(Throws, HOSTILE_ID);
