// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/plugins/hostile/hostile.h"

extern "C" __attribute__((visibility("default"))) const RoundhousePluginEntry roundhouse_plugin_entry = {
    ROUNDHOUSE_PLUGIN_MAGIC, ROUNDHOUSE_PLUGIN_API_MAJOR, ROUNDHOUSE_PLUGIN_API_MINOR, sizeof(RoundhousePluginEntry),
    roundhouse::plugin::cxx_abi() + 1, 0, 0, HOSTILE_ID, []() -> void* { __builtin_trap(); }, [](void*) {}};
