// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>

#include "plugins/host/failure.h"
#include "roundhouse/cancel.h"

namespace roundhouse::plugins {

struct ProbeProgram {
  std::filesystem::path file;   // roundhouse-plugin-probe or roundhouse-panel-probe
  double seconds = 5;           // wall-clock limit
};

// Runs the probe on a plugin and gives its verdict: nothing if the plugin may be loaded. Blocks for at most the
// program's limit and a moment. The probe gets no terminal, no descriptors and only a small environment; its home,
// working and temporary folder is a new one that is removed afterwards. All its processes that kept its process group
// are killed at the end. Any thread, several at once. Cancelling gives a `probe` failure.
std::optional<Failure> run_probe_program(const ProbeProgram& program, const std::filesystem::path& manifest,
                                         const CancelToken& cancel = {});

}  // namespace roundhouse::plugins
