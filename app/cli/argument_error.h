// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <utility>

#include "roundhouse/result.h"

namespace roundhouse::cli {

// The operation of errors that are about what was typed: they end the program with exit_usage, all others with exit_failed.
inline constexpr const char* read_argument = "read argument";

// `error` as one about an argument.
inline Error argument_error(Error error) {
  error.operation = read_argument;
  return error;
}

}  // namespace roundhouse::cli
