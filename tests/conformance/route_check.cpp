// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/route_check.h"

#include <algorithm>

namespace roundhouse::conformance {

Status compare_routes(const ReferenceFile& reference, const RouteNames& names, const RoutingLayout& layout, std::size_t index,
                      const SequenceRun& run, std::size_t tokens, RouteTotals& totals) {
  const RoutedLayer& layer = layout.layers[index];
  const auto k = static_cast<std::size_t>(layer.top_k), stride = static_cast<std::size_t>(run.k);
  RH_ASSIGN(const auto ids, reference.integers(names.ids, tokens * k, layer.experts));
  RH_ASSIGN(const auto weights, reference.floats(names.weights, tokens * k));
  std::vector<float> margins;
  if (!names.margins.empty()) {
    RH_ASSIGN(margins, reference.floats(names.margins, tokens));
  }
  for (std::size_t t = 0; t < tokens; ++t) {
    std::vector<std::pair<std::int32_t, float>> own, theirs;
    for (std::size_t i = 0; i < k; ++i) {
      const std::size_t at = (t * layout.layers.size() + index) * stride + i;
      own.emplace_back(run.route_ids[at], run.route_weights[at]);
      theirs.emplace_back(ids[t * k + i], weights[t * k + i]);
    }
    std::sort(own.begin(), own.end());
    std::sort(theirs.begin(), theirs.end());
    const bool same = std::ranges::equal(own, theirs, {}, &std::pair<std::int32_t, float>::first, &std::pair<std::int32_t, float>::first);
    ++totals.routes;
    totals.wrong += !same;
    totals.narrow += !same && !margins.empty() && margins[t] < 1e-4f;
    for (std::size_t i = 0; same && i < k; ++i) totals.weight.add(std::abs(static_cast<double>(own[i].second) - theirs[i].second));
  }
  return Ok{};
}

std::string routes_text(const RouteTotals& totals) {
  return std::to_string(totals.wrong - totals.narrow) + " of " + std::to_string(totals.routes) + " differ";
}

}  // namespace roundhouse::conformance
