// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "app/cli/cli_context.h"
#include "roundhouse/routing.h"
#include "roundhouse/sampling.h"

namespace roundhouse::cli {

void add_common(CLI::App& command, CommonOptions& options);

struct SamplingFlags {
  SamplingSettings settings;
  std::int64_t seed = -1;  // -1: drawn
  SamplingSettings result() const;
};
void add_sampling(CLI::App& command, SamplingFlags& flags);

// Edits from a file and from flags: "L:E" with L a layer or "all", "L:E:x", "[L:]K".
struct EditFlags {
  std::string file;
  std::vector<std::string> disable, boost, force, top_k;
  Result<RoutingEdits> result() const;
};
void add_edits(CLI::App& command, EditFlags& flags);

}  // namespace roundhouse::cli
