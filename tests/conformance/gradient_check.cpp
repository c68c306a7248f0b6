// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/gradient_check.h"

#include <algorithm>
#include <cmath>

#include "engine/ops/tape.h"

namespace roundhouse::conformance {

namespace {

// The module name that transformers 5 gives a parameter: experts are fused there, Mixtral's router is renamed.
std::string module_name(const Weight& weight) {
  const std::string& name = weight.source_name;
  const auto layer_of = [&] { return weight.name.substr(7, weight.name.find('.', 7) - 7); };
  if (weight.name.ends_with(".experts.gate") || weight.name.ends_with(".experts.up")) {
    return "model.layers." + layer_of() + ".mlp.experts.gate_up_proj";
  }
  if (weight.name.ends_with(".experts.down")) return "model.layers." + layer_of() + ".mlp.experts.down_proj";
  if (weight.name.ends_with(".router")) return "model.layers." + layer_of() + ".mlp.gate.weight";
  return name;
}

}  // namespace

Result<Gradients> gradients_of(LoadedModel& loaded, const std::vector<std::int32_t>& ids) {
  const auto count = static_cast<std::int32_t>(ids.size());
  std::vector<std::int32_t> positions, sequence(ids.size(), 0), rows, targets(ids.begin() + 1, ids.end());
  targets.push_back(-1);
  for (std::int32_t i = 0; i < count; ++i) {
    positions.push_back(i);
    rows.push_back(i);
  }
  const BatchSequence whole{0, count, 0, nullptr};
  Batch batch;
  batch.rows = count;
  batch.tokens = ids.data();
  batch.padding_token = loaded.model->spec().padding_token;
  batch.positions = positions.data();
  batch.sequence = sequence.data();
  batch.sequences = {&whole, 1};
  batch.output_rows = rows.data();
  batch.outputs = count;
  batch.routed_layers = static_cast<std::int32_t>(loaded.model->spec().routing_layout().layers.size());

  Tape tape(*loaded.backend);
  std::vector<std::pair<std::string, Tensor>> watched;
  for (const Weight& weight : loaded.model->weights().all()) watched.emplace_back(module_name(weight), tape.watch(&weight));
  const Tensor loss = tape.cross_entropy(loaded.model->forward(tape, batch), targets.data());
  RH_TRY(tape.backward(loss));
  Gradients result;
  loaded.backend->read(loss, &result.loss);
  for (const auto& [name, gradient] : watched) {
    std::vector<float> values(static_cast<std::size_t>(gradient.elements()));
    loaded.backend->read(gradient, values.data());
    for (const float v : values) result.norms[name] += static_cast<double>(v) * v;
  }
  for (auto& [name, norm] : result.norms) norm = std::sqrt(norm);
  return result;
}

Status check_gradients(Report& report, const ReferenceFile& reference, LoadedModel& loaded) {
  RH_ASSIGN(const auto ids, reference.integers("ids_b", ReferenceFile::any_count, loaded.model->spec().vocabulary));
  if (ids.size() < 2) return Error{ErrorCode::malformed, "read reference", "ids_b", "two tokens or more", "one"};
  RH_ASSIGN(const double expected, reference.scalar("loss_b"));
  const std::vector<std::string> names = reference.names("gradnorm.");
  if (names.empty()) return Error{ErrorCode::not_found, "read reference", "gradnorm.*", "gradient norms", "none"};
  RH_ASSIGN(const Gradients own, gradients_of(loaded, ids));
  report.check(std::abs(own.loss - expected) <= 1e-4 * expected, "reference: loss_b", number(own.loss) + " against " + number(expected) + " (relative bound 1e-4)");

  // A gradient that is 0 by its formula (a router that chooses one expert and normalises its weight) is rounding noise in
  // both: what is a millionth of the largest one does not count.
  double largest = 0.0;
  for (const std::string& name : names) {
    RH_ASSIGN(const double theirs, reference.scalar(name));
    largest = std::max(largest, theirs);
  }
  const double noise = 1e-6 * largest;
  Largest worst;
  std::string worst_name;
  std::size_t missing = 0;
  for (const std::string& name : names) {
    RH_ASSIGN(const double theirs, reference.scalar(name));
    const auto found = own.norms.find(name.substr(9));
    if (found == own.norms.end()) {
      ++missing;
      worst_name = name;
      continue;
    }
    const double before = worst.value();
    const double beyond = std::abs(found->second - theirs) - noise;
    worst.add(beyond <= 0.0 ? 0.0 : beyond / std::max(theirs, 1e-12));  // NaN is beyond
    if (worst.value() != before && missing == 0) worst_name = name;
  }
  report.check(missing == 0 && worst.within(1e-3), "reference: gradient norms",
               std::to_string(names.size()) + " parameters, " + std::to_string(missing) + " missing, relative within " + number(worst.value()) + " beyond noise of " + number(noise) +
                   (worst_name.empty() ? "" : " (" + worst_name + ")") + " (bound 1e-3)");
  return Ok{};
}

}  // namespace roundhouse::conformance
