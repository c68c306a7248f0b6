// SPDX-License-Identifier: Apache-2.0
#include "engine/train/lora_training.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <span>

#include "engine/ops/tape.h"
#include "roundhouse/trace.h"

namespace roundhouse {

namespace {

constexpr std::int32_t logits_together = 512;  // rows: 300 MB for a vocabulary of 150,000

}  // namespace

Result<LoraTraining> LoraTraining::create(std::shared_ptr<const TextModel> model, Backend& backend, std::uint64_t stack_id, LoraAdapter start) {
  RH_ASSIGN(AdapterStack stack, AdapterStack::create(*model, std::span(&start, 1)));
  LoraTraining training(std::move(model), backend, stack_id, std::move(start), std::move(stack));
  for (const LoraModule& module : training.adapter_.modules) {
    const std::int32_t layer = adaptable_layer(module.targets.front().weight);
    training.places_.push_back({training.stack_.beside(module.targets.front().weight).a, 1.0f, std::vector<float>(module.a.size()), layer});
    for (const LoraModule::Target& target : module.targets) {
      training.places_.push_back({training.stack_.beside(target.weight).b, module.scale, std::vector<float>(target.b.size()), layer});
    }
  }
  RH_TRY(training.updated());
  return training;
}

struct LoraTraining::Recorded {
  std::vector<Tensor> inputs;         // of each layer
  Tensor x;                           // of the head
  std::vector<std::int32_t> experts;  // [rows, routed layers, k] those chosen
  std::int32_t k = 0;
};

LoraTraining::Recorded LoraTraining::forward(const Batch& given) {
  Recorded recorded;
  const RoutingLayout layout = model_->spec().routing_layout();
  recorded.k = layout.max_top_k();
  const std::size_t each = layout.layers.size() * static_cast<std::size_t>(recorded.k);
  std::vector<std::uint16_t> ids(static_cast<std::size_t>(given.rows) * each, no_expert);
  std::vector<TraceRow> trace(static_cast<std::size_t>(given.rows));
  for (std::size_t row = 0; row < trace.size(); ++row) trace[row].ids = ids.data() + row * each;
  Batch batch = given;
  if (each > 0) {
    batch.trace = trace.data();
    batch.trace_k = recorded.k;
    batch.trace_experts = layout.max_experts();
  }
  std::int32_t routed = 0;
  recorded.x = model_->embed(*backend_, batch);
  for (std::size_t i = 0; i < model_->spec().layers.size(); ++i) {
    recorded.inputs.push_back(backend_->scale(recorded.x, 1.0f));  // a copy: the layer writes into x
    const Ops::Mark mark = backend_->mark();
    recorded.x = model_->layer(*backend_, recorded.x, stack_.layers()[i], batch, static_cast<std::int32_t>(i), routed);
    backend_->release(mark);
    if (model_->spec().layers[i].routed) ++routed;
  }
  recorded.experts.assign(ids.begin(), ids.end());
  std::replace(recorded.experts.begin(), recorded.experts.end(), static_cast<std::int32_t>(no_expert), -1);
  return recorded;
}

Result<double> LoraTraining::head_backward(const TrainingBatch& batch, double weight, const Tensor& x, const Tensor& dx) {
  double loss = 0.0;
  for (std::int32_t first = 0; first < batch.batch().outputs; first += logits_together) {
    Batch part = batch.batch();
    part.output_rows += first;
    part.outputs = std::min(logits_together, part.outputs - first);
    const double share = static_cast<double>(part.outputs) / batch.batch().outputs;
    Tape tape(*backend_);
    tape.watch(x);
    const Tensor mean = tape.cross_entropy(model_->head(tape, x, part), batch.targets() + first);
    const auto seed = static_cast<float>(weight * share);
    RH_TRY(tape.backward(mean, backend_->upload(&seed, DType::f32, {1})));
    backend_->accumulate(dx, tape.gradient(x));
    float value = 0.0f;
    backend_->read(mean, &value);
    loss += share * value;
  }
  return loss;
}

Status LoraTraining::layer_backward(const Batch& batch, std::int32_t layer, std::int32_t routed_index, const Tensor& input, const Tensor& dx) {
  Tape tape(*backend_);
  std::vector<std::pair<Place*, Tensor>> watched;
  for (Place& place : places_) {
    if (place.layer == layer) watched.emplace_back(&place, tape.watch(place.weight));
  }
  tape.watch(input);
  const Tensor output = model_->layer(tape, input, stack_.layers()[static_cast<std::size_t>(layer)], batch, layer, routed_index);
  RH_TRY(tape.backward(output, dx));
  std::vector<float> values;
  for (const auto& [place, gradient] : watched) {
    values.resize(place->gradient.size());
    backend_->read(gradient, values.data());
    for (std::size_t i = 0; i < values.size(); ++i) place->gradient[i] += place->scale * values[i];
  }
  const Tensor below = tape.gradient(input);
  backend_->clear(dx);
  backend_->accumulate(dx, below);
  return Ok{};
}

Result<double> LoraTraining::run(const TrainingBatch& batch, double weight) {
  const Recorded recorded = forward(batch.batch());
  const Tensor dx = backend_->allocate(DType::f32, {batch.batch().rows, model_->spec().width});
  backend_->clear(dx);
  RH_ASSIGN(const double loss, head_backward(batch, weight, recorded.x, dx));
  Batch again = batch.batch();
  if (!recorded.experts.empty()) {
    again.replay = recorded.experts.data();
    again.replay_k = recorded.k;
  }
  const auto layers = static_cast<std::int32_t>(recorded.inputs.size());
  std::int32_t lowest = layers, routed = again.routed_layers;
  for (const Place& place : places_) lowest = std::min(lowest, place.layer);
  for (std::int32_t layer = layers - 1; layer >= lowest; --layer) {
    if (model_->spec().layers[static_cast<std::size_t>(layer)].routed) --routed;
    RH_TRY(layer_backward(again, layer, routed, recorded.inputs[static_cast<std::size_t>(layer)], dx));
  }
  return loss;
}

namespace {

// Runs `work` and gives back what it took of the workspace; want of memory becomes an error.
template <class Work>
auto with_memory(Backend& backend, const TrainingBatch& batch, Work&& work) -> decltype(work()) {
  const Ops::Mark mark = backend.mark();
  auto result = [&]() -> decltype(work()) {
    try {
      return work();
    } catch (const std::bad_alloc&) {
      return Error{ErrorCode::out_of_memory, "train", std::to_string(batch.batch().rows) + " tokens", "memory for activations and gradients", "none left"};
    }
  }();
  backend.release(mark);
  return result;
}

// Adds -ln p of each row's target; logits [rows, vocabulary].
void add_losses(const std::vector<float>& logits, std::size_t vocabulary, const std::int32_t* targets, std::vector<float>& losses) {
  for (std::size_t row = 0; row * vocabulary < logits.size(); ++row) {
    const std::span<const float> of_row = std::span(logits).subspan(row * vocabulary, vocabulary);
    const float largest = *std::max_element(of_row.begin(), of_row.end());
    double sum = 0.0;
    for (const float logit : of_row) sum += std::exp(logit - largest);
    losses.push_back(static_cast<float>(std::log(sum) + largest - of_row[static_cast<std::size_t>(targets[row])]));
  }
}

}  // namespace

Result<double> LoraTraining::add_gradients(const TrainingBatch& batch, double weight) {
  return with_memory(*backend_, batch, [&] { return run(batch, weight); });
}

Result<LoraTraining::Evaluated> LoraTraining::evaluate(const TrainingBatch& batch) {
  return with_memory(*backend_, batch, [&]() -> Result<Evaluated> {
    Recorded recorded = forward(batch.batch());
    Evaluated evaluated{{}, std::move(recorded.experts), recorded.k};
    const auto vocabulary = static_cast<std::size_t>(model_->spec().vocabulary);
    std::vector<float> logits;
    for (std::int32_t first = 0; first < batch.batch().outputs; first += logits_together) {
      Batch part = batch.batch();
      part.output_rows += first;
      part.outputs = std::min(logits_together, part.outputs - first);
      const Ops::Mark mark = backend_->mark();
      logits.resize(static_cast<std::size_t>(part.outputs) * vocabulary);
      backend_->read(model_->head(*backend_, recorded.x, part), logits.data());
      backend_->release(mark);
      add_losses(logits, vocabulary, batch.targets() + first, evaluated.losses);
    }
    return evaluated;
  });
}

void LoraTraining::clear_gradients() {
  for (Place& place : places_) std::fill(place.gradient.begin(), place.gradient.end(), 0.0f);
}

std::vector<Parameter> LoraTraining::parameters() {
  std::vector<Parameter> all;
  auto place = places_.begin();
  const auto add = [&](const std::string& name, std::vector<float>& values, const LoraModule& module) {
    const std::span<float> value(values);
    const std::span<const float> gradient((place++)->gradient);
    if (module.trained_experts.empty()) return all.push_back({name, value, gradient});
    const std::size_t each = value.size() / static_cast<std::size_t>(module.experts);
    for (const std::int32_t expert : module.trained_experts) {
      const std::size_t first = static_cast<std::size_t>(expert) * each;
      all.push_back({name + "." + std::to_string(expert), value.subspan(first, each), gradient.subspan(first, each)});
    }
  };
  for (LoraModule& module : adapter_.modules) {
    add(module.name + ".A", module.a, module);
    for (LoraModule::Target& target : module.targets) add(target.weight + ".B", target.b, module);
  }
  return all;
}

Status LoraTraining::updated() {
  stack_.set(0, adapter_);
  backend_->forget(stack_id_);
  for (const Weight& weight : stack_.weights()) RH_TRY(backend_->prepare(stack_id_, weight));
  return Ok{};
}

}  // namespace roundhouse
