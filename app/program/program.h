// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace roundhouse::app {

// The whole program behind main(): options, stores, window, tour. Returns the exit code: 0, 1 for a failure that was
// told on standard error, 2 for a wrong command line.
int runProgram(int argc, char** argv);

}  // namespace roundhouse::app
