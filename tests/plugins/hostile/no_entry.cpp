// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/plugins/hostile/hostile.h"

extern "C" __attribute__((visibility("default"))) int some_other_symbol() { return 1; }
