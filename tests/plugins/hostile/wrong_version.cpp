// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/plugins/hostile/hostile.h"

// Its manifest claims the right one. A constructor that must never run tells whether the check came first.
extern "C" __attribute__((visibility("default"))) const RoundhousePluginEntry roundhouse_plugin_entry = {
    ROUNDHOUSE_PLUGIN_MAGIC, 9, 4, sizeof(RoundhousePluginEntry), roundhouse::plugin::cxx_abi(), 0, 0, HOSTILE_ID,
    []() -> void* { __builtin_trap(); }, [](void*) {}};
