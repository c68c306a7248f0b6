// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "plugins/host/core_instance.h"
#include "plugins/host/plugin_host.h"
#include "plugins/host/probe_guard.h"

namespace roundhouse::plugins {

// Services as a program without a model gives them, so that a probe meets the same answers as a fresh start: audit
// entries are numbered and forgotten, connections refused, jobs and encoders unsupported.
HostServices mock_services();

// What a probe with Qt does between start and stop. `entering` is to be called before each phase.
using PanelProbe = std::function<std::optional<Failure>(CoreInstance& core, plugin::Host& host, const std::function<void(Phase)>& entering)>;

// The probe process's work: restricts the process, runs all phases of the plugin whose manifest is given against mock
// services, with `scratch` as the place of its state, and reports on probe_report_fd. The process's exit status; a
// probe ends with it at once, so that static destructors are the last thing that is tried.
int run_probe(const std::filesystem::path& manifest, const std::filesystem::path& scratch, const ProbeLimits& limits,
              const PanelProbe& panel = {});

}  // namespace roundhouse::plugins
