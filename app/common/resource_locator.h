// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "roundhouse/result.h"

namespace roundhouse::app {

// Folders that may hold the product's resources, best first: beside the installed program
// (`<program>/../share/roundhouse`), then the source tree that this program was built from. Existing or not.
std::vector<std::filesystem::path> resource_folders();

// The first of `folders` that has `relative` as a regular file. `not_found` names every place that was tried.
Result<std::filesystem::path> find_resource(const std::filesystem::path& relative,
                                            const std::vector<std::filesystem::path>& folders = resource_folders());

// The model that comes with the product, on which window and command line start.
Result<std::filesystem::path> embedded_model_path();

}  // namespace roundhouse::app
