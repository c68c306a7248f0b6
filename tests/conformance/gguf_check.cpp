// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/gguf_check.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/conformance/reference_file.h"
#include "tests/conformance/route_check.h"
#include "tests/conformance/sequence_run.h"

namespace roundhouse::conformance {

namespace {

struct Totals {
  std::int64_t tokens = 0, equal_tokens = 0, wrong_clear_tokens = 0, logits = 0;
  RouteTotals routes;
  Largest logit, nll;
  double nll_sum = 0, reference_nll_sum = 0;
};

std::span<const float> row_of(const SequenceRun& run, std::size_t token, std::size_t vocabulary) {
  return std::span(run.logits).subspan(token * vocabulary, vocabulary);
}

double mean_nll(const SequenceRun& run, const std::vector<std::int32_t>& ids, std::size_t vocabulary) {
  double sum = 0;
  for (std::size_t t = 0; t + 1 < ids.size(); ++t) {
    const std::span<const float> row = row_of(run, t, vocabulary);
    const double top = *std::max_element(row.begin(), row.end());
    double z = 0;
    for (const float logit : row) z += std::exp(logit - top);
    sum += top + std::log(z) - row[static_cast<std::size_t>(ids[t + 1])];
  }
  return sum / static_cast<double>(ids.size() - 1);
}

// The numbers of the recorded texts: "N." begins the names of what belongs to text N.
std::set<int> text_numbers(const ReferenceFile& reference) {
  std::set<int> numbers;
  for (const std::string& name : reference.names("")) {
    const std::size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
    if (digits > 0 && digits < 9 && digits < name.size() && name[digits] == '.') numbers.insert(std::stoi(name.substr(0, digits)));
  }
  return numbers;
}

Status compare_text(const ReferenceFile& reference, const std::string& text, const LoadedModel& loaded, Totals& totals) {
  const TextModel& model = *loaded.model;
  const auto vocabulary = static_cast<std::size_t>(model.spec().vocabulary);
  const RoutingLayout layout = model.spec().routing_layout();
  RH_ASSIGN(const auto ids, reference.integers(text + ".ids", ReferenceFile::any_count, model.spec().vocabulary));
  RH_ASSIGN(const auto expected, reference.integers(text + ".argmax", ids.size(), model.spec().vocabulary));
  RH_ASSIGN(const auto margins, reference.floats(text + ".margin", ids.size()));
  std::vector<float> last;  // recorded for some texts only: they are large
  if (const std::string name = text + ".logits_last8"; !reference.names(name).empty()) {
    RH_ASSIGN(last, reference.floats(name, std::min<std::size_t>(8, ids.size()) * vocabulary));
  }
  RH_ASSIGN(const SequenceRun run, run_sequence(model, *loaded.backend, ids, 128));
  for (std::size_t t = 0; t < ids.size(); ++t) {
    const bool same = most_likely(row_of(run, t, vocabulary)) == expected[t];
    ++totals.tokens;
    totals.equal_tokens += same;
    totals.wrong_clear_tokens += !same && margins[t] > 0.01f;
  }
  if (ids.size() > 1) {  // one token foretells nothing
    RH_ASSIGN(const double reference_nll, reference.scalar(text + ".nll"));
    const double nll = mean_nll(run, ids, vocabulary);
    totals.nll.add(std::abs(nll - reference_nll));
    totals.nll_sum += nll * static_cast<double>(ids.size() - 1);
    totals.reference_nll_sum += reference_nll * static_cast<double>(ids.size() - 1);
  }
  totals.logits += static_cast<std::int64_t>(last.size());
  for (std::size_t i = 0; i < last.size(); ++i) {
    totals.logit.add(std::abs(static_cast<double>(run.logits[run.logits.size() - last.size() + i]) - last[i]));
  }
  for (std::size_t l = 0; l < layout.layers.size(); ++l) {
    const std::string prefix = text + ".route." + std::to_string(layout.layers[l].layer) + ".";
    RH_TRY(compare_routes(reference, {prefix + "ids", prefix + "weights", prefix + "margin"}, layout, l, run, ids.size(), totals.routes));
  }
  return Ok{};
}

}  // namespace

void check_gguf(Report& report, const std::string& file, const std::string& folder, Isa isa, int threads) {
  const std::string path = isa_name(isa);
  const auto loaded = load(file, isa, threads);
  if (!loaded.ok()) return report.fail(path + ": load", loaded.error());
  const auto reference = ReferenceFile::open(folder + "/reference.safetensors");
  if (!reference.ok()) return report.fail(path + ": reference", reference.error());
  Totals totals;
  for (const int n : text_numbers(*reference)) {
    const Status compared = compare_text(*reference, std::to_string(n), *loaded, totals);
    if (!compared.ok()) report.fail(path + ": text " + std::to_string(n), compared.error());
  }
  if (totals.tokens == 0) return report.check(false, path + ": reference", "no texts in " + folder);
  const double share = static_cast<double>(totals.equal_tokens) / static_cast<double>(totals.tokens);
  const RouteTotals& routes = totals.routes;
  const bool routed = !loaded->model->spec().routing_layout().layers.empty();
  const std::string tokens = number(100 * share) + " % of " + std::to_string(totals.tokens) + " equal";
  if (isa == Isa::reference) {
    if (routed) {
      report.check(routes.routes > 0 && routes.wrong == routes.narrow, path + ": routes",
                   routes_text(routes) + " (and " + std::to_string(routes.narrow) + " with a margin under 1e-4), weights within " +
                       number(routes.weight.value()));
    }
    report.check(totals.wrong_clear_tokens == 0, path + ": most likely tokens", std::to_string(totals.wrong_clear_tokens) + " wrong with a margin over 0.01; " + tokens);
    report.check(totals.logits > 0 && totals.logit.within(0.02), path + ": logits",
                 std::to_string(totals.logits) + " within " + number(totals.logit.value()) + " (bound 0.02)");
    report.check(totals.nll.within(1e-4), path + ": NLL of each text", "within " + number(totals.nll.value()) + " (bound 1e-4)");
  } else {
    const double shift = std::abs(totals.nll_sum - totals.reference_nll_sum) / static_cast<double>(totals.tokens);
    report.check(share >= 0.97, path + ": most likely tokens", tokens + " (bound 97 %)");
    report.check(totals.nll.within(0.02), path + ": NLL of each text", "within " + number(totals.nll.value()) + " (bound 0.02); all together " + number(shift));
    if (routed) {
      report.note(path + ": changed routes " + number(100.0 * static_cast<double>(routes.wrong) / static_cast<double>(std::max<std::int64_t>(routes.routes, 1))) + " %");
    }
  }
}

}  // namespace roundhouse::conformance
