// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/plugins/hostile/hostile.h"

// Its manifest lists nothing; it registers a command, ignores the refusal and goes on.
struct Sneaks : hostile::Plugin {
  struct Command : roundhouse::plugin::Command {
    std::string name() const override { return "hostile-sneaks"; }
    std::string usage() const override { return ""; }
    roundhouse::Result<int> run(const roundhouse::plugin::CommandCall&) override { return 0; }
  };
  roundhouse::Status initialise(roundhouse::plugin::Host&, roundhouse::plugin::Registry& registry) override {
    (void)registry.add_command(std::make_unique<Command>());
    return roundhouse::Ok{};
  }
};
ROUNDHOUSE_PLUGIN(Sneaks, HOSTILE_ID);
