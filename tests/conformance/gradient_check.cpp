// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/gradient_check.h"

#include <cmath>
#include <map>

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

void check_gradients(Report& report, const ReferenceFile& reference, LoadedModel& loaded) {
  const auto ids = reference.integers("ids_b");
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
  batch.positions = positions.data();
  batch.sequence = sequence.data();
  batch.sequences = {&whole, 1};
  batch.output_rows = rows.data();
  batch.outputs = count;
  batch.routed_layers = static_cast<std::int32_t>(loaded.model->spec().routing_layout().layers.size());

  Tape tape(*loaded.backend);
  std::vector<std::pair<std::string, Tensor>> gradients;
  for (const Weight& weight : loaded.model->weights().all()) {
    if (reference.has("gradnorm." + module_name(weight))) gradients.emplace_back(module_name(weight), tape.watch(&weight));
  }
  const Tensor loss = tape.cross_entropy(loaded.model->forward(tape, batch), targets.data());
  const Status done = tape.backward(loss);
  if (!done.ok()) return report.check(false, "reference: backward", done.error().message());
  float value = 0;
  loaded.backend->read(loss, &value);
  const double expected = reference.floats("loss_b").at(0);
  report.check(std::abs(value - expected) <= 1e-4 * expected, "reference: loss_b", number(value) + " against " + number(expected) + " (relative bound 1e-4)");

  std::map<std::string, double> squares;
  for (const auto& [name, gradient] : gradients) {
    std::vector<float> values(static_cast<std::size_t>(gradient.elements()));
    loaded.backend->read(gradient, values.data());
    for (const float v : values) squares[name] += static_cast<double>(v) * v;
  }
  double worst = 0;
  std::string worst_name;
  std::size_t missing = 0;
  for (const std::string& name : reference.names("gradnorm.")) {
    const auto found = squares.find(name.substr(9));
    if (found == squares.end()) {
      ++missing;
      worst_name = name;
      continue;
    }
    const double theirs = reference.floats(name).at(0);
    const double difference = std::abs(std::sqrt(found->second) - theirs) / std::max(theirs, 1e-12);
    if (difference > worst) {
      worst = difference;
      worst_name = name;
    }
  }
  report.check(missing == 0 && worst <= 1e-3, "reference: gradient norms",
               std::to_string(squares.size()) + " parameters, " + std::to_string(missing) + " missing, relative within " + number(worst) +
                   (worst_name.empty() ? "" : " (" + worst_name + ")") + " (bound 1e-3)");
}

}  // namespace roundhouse::conformance
