// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace roundhouse::cli {

// What the process ends with; documented in `roundhouse-cli --help`.
enum ExitCode : int {
  exit_ok = 0,
  exit_failed = 1,        // the error stands on standard error
  exit_usage = 2,         // the arguments are wrong
  exit_tampered = 3,      // audit verify, audit export: the log does not hold
  exit_hung_up = 129,     // the terminal went away (128 + SIGHUP)
  exit_interrupted = 130, // Ctrl+C (128 + SIGINT)
  exit_terminated = 143,  // SIGTERM (128 + SIGTERM)
  exit_reader_gone = 141, // whoever read standard output closed it (128 + SIGPIPE); nothing is said
};

}  // namespace roundhouse::cli
