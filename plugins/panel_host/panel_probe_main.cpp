// SPDX-License-Identifier: GPL-3.0-or-later
// roundhouse-panel-probe MANIFEST SCRATCH: roundhouse-plugin-probe with Qt, for plugins that bring panels.
#include <QApplication>

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "plugins/host/probe_report.h"
#include "plugins/panel_host/panel_probe.h"

#if defined(__SANITIZE_ADDRESS__)
extern "C" const char* __asan_default_options() { return "detect_leaks=0:handle_segv=0:handle_abort=0:handle_sigbus=0"; }
#endif

int main(int count, char** arguments) {
  using namespace roundhouse::plugins;
  if (count != 3 || ::lseek(probe_report_fd, 0, SEEK_CUR) != -1 || errno != ESPIPE) {
    std::fputs("roundhouse-panel-probe is started by Roundhouse to try a plugin; it has no use of its own\n", stderr);
    return 2;
  }
  const std::filesystem::path manifest = arguments[1], scratch = arguments[2];
  ProbeLimits limits;
  limits.cpu_seconds = 20;
  limits.memory_bytes = 8ll << 30;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  limits.memory_bytes = 0;
#endif
  QApplication application(count, arguments);
  return run_probe(manifest, scratch, limits, [&](CoreInstance& core, roundhouse::plugin::Host& host, const std::function<void(Phase)>& entering) {
    return probe_panels(core, manifest.parent_path(), host, entering);
  });
}
