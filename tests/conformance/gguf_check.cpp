// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/gguf_check.h"

#include <algorithm>
#include <cmath>

#include "tests/conformance/reference_file.h"
#include "tests/conformance/sequence_run.h"

namespace roundhouse::conformance {

namespace {

struct Totals {
  std::int64_t tokens = 0, equal_tokens = 0, wrong_clear_tokens = 0;
  std::int64_t routes = 0, wrong_routes = 0, narrow_routes = 0;
  double worst_logit = 0, worst_nll = 0, worst_weight = 0, nll_sum = 0, reference_nll_sum = 0;
};

std::int32_t argmax(const float* logits, std::int64_t n) { return static_cast<std::int32_t>(std::max_element(logits, logits + n) - logits); }

double mean_nll(const SequenceRun& run, const std::vector<std::int32_t>& ids, std::int64_t vocabulary) {
  double sum = 0;
  for (std::size_t t = 0; t + 1 < ids.size(); ++t) {
    const float* row = run.logits.data() + t * static_cast<std::size_t>(vocabulary);
    const double top = row[argmax(row, vocabulary)];
    double z = 0;
    for (std::int64_t i = 0; i < vocabulary; ++i) z += std::exp(row[i] - top);
    sum += top + std::log(z) - row[ids[t + 1]];
  }
  return sum / static_cast<double>(ids.size() - 1);
}

void compare_routes(const ReferenceFile& reference, const std::string& text, const RoutingLayout& layout, const SequenceRun& run,
                    std::size_t tokens, Totals& totals) {
  for (std::size_t l = 0; l < layout.layers.size(); ++l) {
    const std::string prefix = text + ".route." + std::to_string(layout.layers[l].layer) + ".";
    const auto ids = reference.integers(prefix + "ids");
    const auto weights = reference.floats(prefix + "weights");
    const auto margins = reference.floats(prefix + "margin");
    const auto k = static_cast<std::size_t>(run.k);
    if (ids.size() != tokens * k) continue;
    for (std::size_t t = 0; t < tokens; ++t) {
      std::vector<std::pair<int, float>> own;
      for (std::size_t i = 0; i < k; ++i) {
        const std::size_t at = (t * layout.layers.size() + l) * k + i;
        own.emplace_back(run.route_ids[at], run.route_weights[at]);
      }
      std::sort(own.begin(), own.end());
      bool same = true;
      for (std::size_t i = 0; i < k; ++i) same &= own[i].first == ids[t * k + i];
      ++totals.routes;
      if (!same) ++(margins[t] < 1e-4f ? totals.narrow_routes : totals.wrong_routes);
      for (std::size_t i = 0; same && i < k; ++i) {
        totals.worst_weight = std::max(totals.worst_weight, std::abs(static_cast<double>(own[i].second) - weights[t * k + i]));
      }
    }
  }
}

}  // namespace

void check_gguf(Report& report, const std::string& file, const std::string& folder, Isa isa, int threads) {
  const std::string path = isa_name(isa);
  auto loaded = load(file, isa, threads);
  if (!loaded.ok()) return report.check(false, path + ": load", loaded.error().message());
  const auto reference = ReferenceFile::open(folder + "/reference.safetensors");
  if (!reference.ok()) return report.check(false, path + ": reference", reference.error().message());
  const TextModel& model = *loaded->model;
  const std::int64_t vocabulary = model.spec().vocabulary;
  const RoutingLayout layout = model.spec().routing_layout();
  Totals totals;
  for (int n = 0; reference->has(std::to_string(n) + ".ids"); ++n) {
    const std::string text = std::to_string(n);
    const auto ids = reference->integers(text + ".ids");
    const auto run = run_sequence(model, *loaded->backend, ids, 128);
    if (!run.ok()) return report.check(false, path + ": text " + text, run.error().message());
    const auto expected = reference->integers(text + ".argmax");
    const auto margins = reference->floats(text + ".margin");
    for (std::size_t t = 0; t < expected.size(); ++t) {
      const bool same = argmax(run->logits.data() + t * static_cast<std::size_t>(vocabulary), vocabulary) == expected[t];
      ++totals.tokens;
      totals.equal_tokens += same;
      totals.wrong_clear_tokens += !same && margins[t] > 0.01f;
    }
    const double nll = mean_nll(*run, ids, vocabulary);
    const double reference_nll = reference->floats(text + ".nll").at(0);
    totals.worst_nll = std::max(totals.worst_nll, std::abs(nll - reference_nll));
    totals.nll_sum += nll * static_cast<double>(ids.size() - 1);
    totals.reference_nll_sum += reference_nll * static_cast<double>(ids.size() - 1);
    const auto last = reference->floats(text + ".logits_last8");
    for (std::size_t i = 0; i < last.size(); ++i) {
      totals.worst_logit = std::max(totals.worst_logit, std::abs(static_cast<double>(run->logits[run->logits.size() - last.size() + i]) - last[i]));
    }
    compare_routes(*reference, text, layout, *run, ids.size(), totals);
  }
  if (totals.tokens == 0) return report.check(false, path + ": reference", "no texts in " + folder);
  const double share = static_cast<double>(totals.equal_tokens) / static_cast<double>(totals.tokens);
  const double route_share = static_cast<double>(totals.wrong_routes + totals.narrow_routes) / static_cast<double>(std::max<std::int64_t>(totals.routes, 1));
  const std::string routes = std::to_string(totals.wrong_routes) + " of " + std::to_string(totals.routes) + " differ (and " +
                             std::to_string(totals.narrow_routes) + " with a margin under 1e-4)";
  const std::string tokens = number(100 * share) + " % of " + std::to_string(totals.tokens) + " equal";
  if (isa == Isa::reference) {
    report.check(totals.wrong_routes == 0, path + ": routes", routes + ", weights within " + number(totals.worst_weight));
    report.check(totals.wrong_clear_tokens == 0, path + ": most likely tokens", std::to_string(totals.wrong_clear_tokens) + " wrong with a margin over 0.01; " + tokens);
    report.check(totals.worst_logit <= 0.02, path + ": logits", "within " + number(totals.worst_logit) + " (bound 0.02)");
    report.check(totals.worst_nll <= 1e-4, path + ": NLL of each text", "within " + number(totals.worst_nll) + " (bound 1e-4)");
  } else {
    const double shift = std::abs(totals.nll_sum - totals.reference_nll_sum) / static_cast<double>(totals.tokens);
    report.check(share >= 0.97, path + ": most likely tokens", tokens + " (bound 97 %)");
    report.check(totals.worst_nll <= 0.02, path + ": NLL of each text", "within " + number(totals.worst_nll) + " (bound 0.02); all together " + number(shift));
    report.note(path + ": changed routes " + number(100 * route_share) + " %");
  }
}

}  // namespace roundhouse::conformance
