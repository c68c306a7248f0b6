// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "roundhouse/routing.h"
#include "tests/conformance/reference_file.h"
#include "tests/conformance/report.h"
#include "tests/conformance/sequence_run.h"

namespace roundhouse::conformance {

// Routes of a run beside the recorded ones.
struct RouteTotals {
  std::int64_t routes = 0;  // compared: tokens times routed layers
  std::int64_t wrong = 0;   // other experts
  std::int64_t narrow = 0;  // of them, those that a margin under 1e-4 excuses
  Largest weight;           // difference of one weight, where the experts are the same
};

// Where the reference keeps one layer's routes: ids and weights [tokens, top-k], margins [tokens] (may be without).
struct RouteNames {
  std::string ids, weights, margins;
};

// Compares routed layer `index` of `layout` over all `tokens`.
Status compare_routes(const ReferenceFile& reference, const RouteNames& names, const RoutingLayout& layout, std::size_t index,
                      const SequenceRun& run, std::size_t tokens, RouteTotals& totals);

// "0 of 96 differ"
std::string routes_text(const RouteTotals& totals);

}  // namespace roundhouse::conformance
