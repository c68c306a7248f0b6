// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/conformance/gguf_check.h"
#include "tests/conformance/gradient_check.h"
#include "tests/conformance/reference_file.h"
#include "tests/conformance/route_check.h"
#include "tests/conformance/sequence_run.h"

namespace roundhouse::conformance {

namespace {

// `route.<router module>.<1: weights, 2: ids>` of the layer: "mlp.gate", "block_sparse_moe.gate", ...
Result<RouteNames> route_names(const ReferenceFile& reference, std::int32_t layer) {
  const std::string prefix = "route.model.layers." + std::to_string(layer) + ".";
  for (const std::string& name : reference.names(prefix)) {
    if (name.ends_with(".2")) return RouteNames{name, name.substr(0, name.size() - 1) + "1", {}};
  }
  return Error{ErrorCode::not_found, "read reference", prefix + "*.2", "ids of the chosen experts", "no such tensor"};
}

void check_routes(Report& report, const std::string& path, const ReferenceFile& reference, const RoutingLayout& layout,
                  const SequenceRun& run, std::size_t tokens) {
  if (layout.layers.empty()) return;  // a dense model
  RouteTotals totals;
  for (std::size_t l = 0; l < layout.layers.size(); ++l) {
    const auto names = route_names(reference, layout.layers[l].layer);
    const Status compared = names.ok() ? compare_routes(reference, *names, layout, l, run, tokens, totals) : Status(names.error());
    if (!compared.ok()) return report.fail(path + ": routes", compared.error());
  }
  report.check(totals.routes > 0 && totals.wrong == 0 && totals.weight.within(1e-4), path + ": routes",
               routes_text(totals) + ", weights within " + number(totals.weight.value()) + " (bound 1e-4)");
}

// Whole and in ragged chunks: the cache and the pages are part of what is checked.
Status check_text(Report& report, const std::string& path, const ReferenceFile& reference, const LoadedModel& loaded, const std::string& text) {
  const TextModel& model = *loaded.model;
  const auto vocabulary = static_cast<std::size_t>(model.spec().vocabulary);
  constexpr double bound = 2e-3;  // ../shared/reference/README.md
  RH_ASSIGN(const auto ids, reference.integers("ids_" + text, ReferenceFile::any_count, model.spec().vocabulary));
  RH_ASSIGN(const auto expected, reference.floats("logits_" + text, ids.size() * vocabulary));
  for (const std::int32_t chunk : {static_cast<std::int32_t>(ids.size()), 7}) {
    RH_ASSIGN(const SequenceRun run, run_sequence(model, *loaded.backend, ids, chunk));
    Largest difference;
    for (std::size_t i = 0; i < expected.size(); ++i) difference.add(std::abs(static_cast<double>(run.logits[i]) - expected[i]));
    report.check(difference.within(bound), path + ": logits_" + text + (chunk == 7 ? " in chunks of 7" : ""),
                 "within " + number(difference.value()) + " (bound 2e-3)");
    if (text == "a" && chunk != 7) check_routes(report, path, reference, model.spec().routing_layout(), run, ids.size());
  }
  return Ok{};
}

Status check_greedy(Report& report, const std::string& path, const ReferenceFile& reference, const LoadedModel& loaded) {
  const std::int32_t vocabulary = loaded.model->spec().vocabulary;
  RH_ASSIGN(const auto ids, reference.integers("ids_a", ReferenceFile::any_count, vocabulary));
  RH_ASSIGN(const auto greedy, reference.integers("greedy", ReferenceFile::any_count, vocabulary));
  RH_ASSIGN(const auto drawn, run_greedy(*loaded.model, *loaded.backend, ids, static_cast<int>(greedy.size())));
  report.check(drawn == greedy, path + ": greedy continuation", std::to_string(greedy.size()) + " tokens");
  return Ok{};
}

}  // namespace

void check_model(Report& report, const std::string& folder, Isa isa, int threads) {
  const std::string path = isa_name(isa);
  auto loaded = load(folder, isa, threads);
  if (!loaded.ok()) return report.fail(path + ": load", loaded.error());
  const auto reference = ReferenceFile::open(folder + "/reference.safetensors");
  if (!reference.ok()) return report.fail(path + ": reference", reference.error());
  for (const char* text : {"a", "b"}) {
    if (const Status done = check_text(report, path, *reference, *loaded, text); !done.ok()) {
      report.fail(path + ": logits_" + text, done.error());
    }
  }
  if (const Status done = check_greedy(report, path, *reference, *loaded); !done.ok()) report.fail(path + ": greedy continuation", done.error());
  if (isa != Isa::reference) return;
  if (const Status done = check_gradients(report, *reference, *loaded); !done.ok()) report.fail(path + ": gradients", done.error());
}

}  // namespace roundhouse::conformance
