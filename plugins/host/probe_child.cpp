// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/probe_child.h"

#include <unistd.h>

#include <atomic>
#include <memory>

#include "plugins/host/probe_report.h"
#include "plugins/host/text.h"

namespace roundhouse::plugins {
namespace {

// The parent reads until the end; if it is gone there is nobody to tell.
void report(const std::string& line) {
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t wrote = ::write(probe_report_fd, line.data() + done, line.size() - done);
    if (wrote <= 0) return;
    done += static_cast<std::size_t>(wrote);
  }
}

std::optional<Failure> run_phases(CoreInstance& core, plugin::Host& host, const PanelProbe& panel,
                                  const std::function<void(Phase)>& entering) {
  if (auto failure = core.load()) return failure;
  if (auto failure = core.initialise(host)) return failure;
  if (auto failure = core.extensions_ready()) return failure;
  if (auto failure = core.start()) return failure;
  if (panel) {
    if (auto failure = panel(core, host, entering)) return failure;
  }
  return core.shut_down();
}

}  // namespace

HostServices mock_services() {
  HostServices services;
  services.program = "roundhouse-plugin-probe";
  services.score = [](const plugin::ScoreRequest&) -> Result<plugin::ScoreResult> {
    return Error{ErrorCode::not_found, "score labels", "model", "a loaded model", "none"};
  };
  const auto last = std::make_shared<std::atomic<std::int64_t>>(0);
  services.audit = [last](AuditEntry) -> Result<std::int64_t> { return ++*last; };
  services.allow_connection = [](const std::string& plugin, const plugin::NetworkRequest&) -> Status {
    return Error{ErrorCode::conflict, "open connection", plugin, "to be online", "offline"};
  };
  return services;
}

int run_probe(const std::filesystem::path& manifest_file, const std::filesystem::path& scratch, const ProbeLimits& limits,
              const PanelProbe& panel) {
  const auto fail = [](const Failure& failure) {
    report(failure_line(failure));
    // A broken plugin's destructors have nothing more to tell.
    ::_exit(0);
  };
  const auto manifest = read_manifest(manifest_file);
  if (!manifest.ok()) fail({FailureKind::manifest, Phase::manifest, manifest.error().message()});
  if (const Status version = check_api_version(manifest->api_major, manifest->api_minor, manifest->id); !version.ok()) {
    fail({FailureKind::version, Phase::manifest, version.error().message()});
  }
  if (const Status restricted = restrict_this_process(limits); !restricted.ok()) {
    fail({FailureKind::probe, Phase::manifest, restricted.error().message()});
  }
  const std::function<void(Phase)> entering = [](Phase phase) { report(phase_line(phase)); };
  const auto services = std::make_shared<const HostServices>(mock_services());
  PluginHost host(*manifest, services, StateStore(scratch), {});
  CoreInstance core(*manifest, manifest_file.parent_path(), entering);
  if (const auto failure = run_phases(core, host, panel, entering)) fail(*failure);
  report(done_line());
  return 0;
}

}  // namespace roundhouse::plugins
