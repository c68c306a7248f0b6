// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/plugins/hostile/hostile.h"

struct Refuses : hostile::Plugin {
  roundhouse::Status start() override {
    return roundhouse::Error{roundhouse::ErrorCode::not_found, "open price table", "prices.csv", "a file", "none"};
  }
};
ROUNDHOUSE_PLUGIN(Refuses, HOSTILE_ID);
