// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "tests/conformance/gguf_check.h"
#include "tests/conformance/gradient_check.h"
#include "tests/conformance/reference_file.h"
#include "tests/conformance/sequence_run.h"

namespace roundhouse::conformance {

namespace {

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return INFINITY;
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(static_cast<double>(a[i]) - b[i]));
  return most;
}

// The recorded router outputs of one layer: ids and, where the family returns them so, weights.
void check_routes(Report& report, const std::string& path, const ReferenceFile& reference, const RoutingLayout& layout,
                  const SequenceRun& run, std::size_t tokens) {
  std::int64_t compared = 0, wrong = 0;
  double worst = 0;
  for (std::size_t l = 0; l < layout.layers.size(); ++l) {
    const std::string prefix = "route.model.layers." + std::to_string(layout.layers[l].layer) + ".";
    for (const std::string& name : reference.names(prefix)) {
      if (name.substr(name.size() - 2) != ".2") continue;
      const auto ids = reference.integers(name);
      const auto weights = reference.floats(name.substr(0, name.size() - 1) + "1");
      const auto k = static_cast<std::size_t>(run.k);
      if (ids.size() != tokens * k || weights.size() != ids.size()) continue;
      for (std::size_t t = 0; t < tokens; ++t) {
        std::vector<std::pair<int, float>> own, theirs;
        for (std::size_t i = 0; i < k; ++i) {
          const std::size_t at = (t * layout.layers.size() + l) * k + i;
          own.emplace_back(run.route_ids[at], run.route_weights[at]);
          theirs.emplace_back(ids[t * k + i], weights[t * k + i]);
        }
        std::sort(own.begin(), own.end());
        std::sort(theirs.begin(), theirs.end());
        ++compared;
        bool same = true;
        for (std::size_t i = 0; i < k; ++i) {
          same &= own[i].first == theirs[i].first;
          worst = std::max(worst, std::abs(static_cast<double>(own[i].second) - theirs[i].second));
        }
        wrong += !same;
      }
    }
  }
  if (compared == 0) return;  // a dense model, or a router module that returns other things
  report.check(wrong == 0 && worst < 1e-4, path + ": routes", std::to_string(wrong) + " of " + std::to_string(compared) + " differ, weights within " + number(worst));
}

}  // namespace

void check_model(Report& report, const std::string& folder, Isa isa, int threads) {
  const std::string path = isa_name(isa);
  auto loaded = load(folder, isa, threads);
  if (!loaded.ok()) return report.check(false, path + ": load", loaded.error().message());
  const auto reference = ReferenceFile::open(folder + "/reference.safetensors");
  if (!reference.ok()) return report.check(false, path + ": reference", reference.error().message());
  const TextModel& model = *loaded->model;
  const RoutingLayout layout = model.spec().routing_layout();
  constexpr double bound = 2e-3;  // ../shared/reference/README.md
  for (const char* text : {"a", "b"}) {
    const auto ids = reference->integers(std::string("ids_") + text);
    const auto expected = reference->floats(std::string("logits_") + text);
    // Whole and in ragged chunks: the cache and the pages are part of what is checked.
    for (const std::int32_t chunk : {static_cast<std::int32_t>(ids.size()), 7}) {
      const auto run = run_sequence(model, *loaded->backend, ids, chunk);
      if (!run.ok()) return report.check(false, path + ": run", run.error().message());
      const double difference = largest_difference(run->logits, expected);
      report.check(difference <= bound, path + ": logits_" + text + (chunk == 7 ? " in chunks of 7" : ""), "within " + number(difference) + " (bound 2e-3)");
      if (text[0] == 'a' && chunk != 7) check_routes(report, path, *reference, layout, *run, ids.size());
    }
  }
  const auto greedy = reference->integers("greedy");
  const auto drawn = run_greedy(model, *loaded->backend, reference->integers("ids_a"), static_cast<int>(greedy.size()));
  report.check(drawn.ok() && *drawn == greedy, path + ": greedy continuation", std::to_string(greedy.size()) + " tokens");
  if (isa == Isa::reference) check_gradients(report, *reference, *loaded);
}

}  // namespace roundhouse::conformance
