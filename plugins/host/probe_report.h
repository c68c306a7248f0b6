// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/host/failure.h"

namespace roundhouse::plugins {

// What the probe process tells its parent, one JSON object a line, on the descriptor `probe_report_fd`:
//   {"phase": "create"}                                        before any plugin code of that phase runs
//   {"failure": "threw", "phase": "create", "detail": "..."}   last line; then it ends with status 0
//   {"done": true}                                             every phase went well; then it ends with status 0
// Anything else, or no last line, is told by how the process ended and by the last phase.
inline constexpr int probe_report_fd = 3;

std::string phase_line(Phase phase);
std::string failure_line(const Failure& failure);
std::string done_line();

struct ProbeEvents {
  Phase phase = Phase::open;  // the last one told
  std::optional<Failure> failure;
  bool done = false;
};
// Reads the lines of a probe; lines that are none of the above are passed over (a plugin may write there).
ProbeEvents read_probe_lines(std::string_view lines);

// How a probe process ended, as waitpid() told it.
struct ProbeEnd {
  bool timed_out = false;
  int wait_status = 0;
  double seconds = 0;     // it was given so many at most (timed_out)
  std::string last_words; // the last line of its standard error, printable
};
// The verdict: nothing if the plugin may be loaded.
std::optional<Failure> judge_probe(const ProbeEvents& events, const ProbeEnd& end);

}  // namespace roundhouse::plugins
