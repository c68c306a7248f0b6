// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>

// An invariant of a fuzz target: unlike assert, also in release builds.
#define FUZZ_REQUIRE(condition)                                                  \
  do {                                                                           \
    if (!(condition)) {                                                          \
      std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);       \
      std::abort();                                                              \
    }                                                                            \
  } while (false)
