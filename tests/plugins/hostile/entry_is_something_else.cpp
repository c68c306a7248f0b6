// SPDX-License-Identifier: GPL-3.0-or-later
extern "C" __attribute__((visibility("default"))) const char roundhouse_plugin_entry[256] = "plugins are us";
