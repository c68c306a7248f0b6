// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What each plugin of this folder needs: one source is one plugin, which misbehaves in one way. HOSTILE_ID is the id
// in its manifest (CMakeLists.txt writes both).

#include "plugins/api/core/plugin.h"

namespace hostile {

// Behaves, as far as a derived class does not say otherwise.
class Plugin : public roundhouse::plugin::Plugin {
 public:
  roundhouse::Status initialise(roundhouse::plugin::Host&, roundhouse::plugin::Registry&) override { return roundhouse::Ok{}; }
};

// Keeps the optimiser from drawing conclusions.
inline volatile int sink = 0;

}  // namespace hostile
