// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "roundhouse/result.h"

namespace roundhouse {

// Where Roundhouse keeps what it writes for this user: `ROUNDHOUSE_DATA` when set and not empty, else
// `$XDG_DATA_HOME/roundhouse`, else `$HOME/.local/share/roundhouse` (XDG base directory specification: a relative
// XDG_DATA_HOME is ignored), else the same below the home folder of the user database. A relative ROUNDHOUSE_DATA is
// taken from the working folder. Nothing is created. Reads the environment: not while another thread changes it.
std::filesystem::path data_folder();

// Creates the folder and its parents when missing; what it creates only the user can read (mode 0700).
Status create_private_folder(const std::filesystem::path& folder);

}  // namespace roundhouse
