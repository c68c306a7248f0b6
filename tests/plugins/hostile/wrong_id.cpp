// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/plugins/hostile/hostile.h"

ROUNDHOUSE_PLUGIN(hostile::Plugin, "test.somebody-else");
