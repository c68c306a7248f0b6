// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "roundhouse/result.h"

namespace roundhouse::app {

// What the user set in the window and other programs must obey too: the command line keeps no settings of its own.
struct SharedSettings {
  bool audit_texts = true;      // "audit/texts": false keeps prompts and answers out of the log, but for their hashes
  bool offline = false;         // "network/offline"
  std::string language = "en";  // "look/language": "en" or "zh", what the system says when it is not set
};

// The window's settings file: settings.ini of ROUNDHOUSE_DATA, or of roundhouse in the XDG configuration folder.
std::filesystem::path window_settings_file();

// Defaults when the file does not exist. An error names what is wrong in it; whoever goes on without it takes the
// careful values (no texts, offline).
Result<SharedSettings> read_window_settings(const std::filesystem::path& file);

}  // namespace roundhouse::app
