// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "plugins/api/core/host.h"
#include "plugins/host/plugin_host.h"
#include "roundhouse/audit.h"
#include "roundhouse/model.h"
#include "roundhouse/trace.h"

namespace roundhouse::plugins {

// A routing trace as plugins see it.
std::shared_ptr<const plugin::TraceView> make_trace_view(RoutingTrace trace);

// HostServices::score over a model. `model` gives the one at hand (it may load it, and block); any thread. Scores on a
// session of its own; requests wait for each other. Adapters are `unsupported` until the engine has them.
// between_requests: keep the session, whose cache spares what prompts share, and with it the model in memory.
enum class ScoreSession { between_requests, for_each_request };
std::function<Result<plugin::ScoreResult>(const plugin::ScoreRequest&)> make_score_service(
    std::function<Result<std::shared_ptr<Model>>()> model, ScoreSession kept);

// HostServices::audit over a log. A warning of the log goes to `tell` (may be empty).
std::function<Result<std::int64_t>(AuditEntry)> make_audit_service(std::shared_ptr<AuditLog> log,
                                                                   std::function<void(const std::string&)> tell = {});

}  // namespace roundhouse::plugins
