// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "roundhouse/result.h"
#include "roundhouse/routing.h"
#include "roundhouse/session.h"

namespace roundhouse::cli {

// Routing edits as they are written on the command line. LAYER is a model layer or "all".
struct RoutingOptions {
  std::string file;                  // --edits FILE
  std::vector<std::string> disable;  // --disable LAYER:EXPERT
  std::vector<std::string> boost;    // --boost LAYER:EXPERT:LOGITS
  std::vector<std::string> force;    // --force LAYER:EXPERT
  std::vector<std::string> top_k;    // --top-k [LAYER:]K
};

// The file's edits, then those of the command line in the order disable, boost, force, top-k. Not yet checked against
// a model.
Result<RoutingEdits> read_routing_options(const RoutingOptions& options);

// session.set_edits(); where the model refuses --top-k, the error also names the sampler's option.
Status apply_edits(Session& session, const RoutingOptions& options, RoutingEdits edits);

}  // namespace roundhouse::cli
