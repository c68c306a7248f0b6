// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/api/core/plugin.h"

namespace {
struct Core : roundhouse::plugin::Plugin {
  roundhouse::Status initialise(roundhouse::plugin::Host&, roundhouse::plugin::Registry&) override { return roundhouse::Ok{}; }
};
}  // namespace

ROUNDHOUSE_PLUGIN(Core, HOSTILE_ID);
