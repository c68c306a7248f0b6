// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "plugins/api/core/entry.h"
#include "plugins/host/failure.h"

namespace roundhouse::plugins {

// Maps a library, with every symbol resolved, and keeps it mapped until the process ends: pointers into it may have
// been left anywhere. Runs the library's static initialisers.
std::optional<Failure> open_library(const std::filesystem::path& file, Phase phase, void** handle);

// Finds the entry and checks it: its shape, version, ABI and id, in this order, before any function is called.
std::optional<Failure> check_entry(void* handle, const char* symbol, std::uint32_t magic, const std::string& id,
                                   Phase phase, const RoundhousePluginEntry** entry);

}  // namespace roundhouse::plugins
