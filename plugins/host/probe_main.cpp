// SPDX-License-Identifier: GPL-3.0-or-later
// roundhouse-plugin-probe MANIFEST SCRATCH: the process in which a plugin is loaded for the first time. It is started
// by the program (probe_runner.h), which set up its descriptors and environment and reads its report.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "plugins/host/probe_child.h"
#include "plugins/host/probe_report.h"

#if defined(__SANITIZE_ADDRESS__)
// Ends of the process are the probe's result: the sanitizer must not turn them into others. Its leak check needs
// ptrace, which the probe gives up.
extern "C" const char* __asan_default_options() { return "detect_leaks=0:handle_segv=0:handle_abort=0:handle_sigbus=0"; }
#endif

int main(int count, char** arguments) {
  if (count != 3 || ::lseek(roundhouse::plugins::probe_report_fd, 0, SEEK_CUR) != -1 || errno != ESPIPE) {
    std::fputs("roundhouse-plugin-probe is started by Roundhouse to try a plugin; it has no use of its own\n", stderr);
    return 2;
  }
  roundhouse::plugins::ProbeLimits limits;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  limits.memory_bytes = 0;  // shadow memory takes terabytes of addresses
#endif
  return roundhouse::plugins::run_probe(arguments[1], arguments[2], limits);
}
