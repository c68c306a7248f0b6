// SPDX-License-Identifier: Apache-2.0
#include "engine/train/lora_training.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <span>

#include "engine/ops/tape.h"
#include "engine/quant/dequantize.h"
#include "roundhouse/trace.h"

namespace roundhouse {

namespace {

constexpr std::int32_t logits_together = 512;  // rows: 300 MB for a vocabulary of 150,000

Result<std::vector<float>> vector_values(const Weight& weight) {
  std::vector<float> values(static_cast<std::size_t>(weight.experts * weight.rows * weight.cols));
  for (std::int64_t row = 0; row < weight.experts * weight.rows; ++row) {
    RH_TRY(dequantize_row(weight.type, weight.data + static_cast<std::uint64_t>(row) * weight.row_bytes(), weight.cols, values.data() + row * weight.cols));
  }
  return values;
}

bool selects(const WeightOverlay::Entry& entry) { return entry.weight.ends_with(".selection_bias"); }

}  // namespace

Result<LoraTraining> LoraTraining::create(std::shared_ptr<const TextModel> model, Backend& backend, std::uint64_t stack_id, LoraAdapter start,
                                          Options options) {
  RH_TRY(check_overlay(*model, options.whole));
  RH_ASSIGN(AdapterStack stack, AdapterStack::create(*model, std::span(&start, 1)));
  LoraTraining training(std::move(model), backend, stack_id, std::move(start), std::move(stack), std::move(options));
  for (const LoraModule& module : training.adapter_.modules) {
    const std::int32_t layer = adaptable_layer(module.targets.front().weight);
    training.places_.push_back({training.stack_.beside(module.targets.front().weight).a, 1.0f, std::vector<float>(module.a.size()), layer});
    for (const LoraModule::Target& target : module.targets) {
      const AdapterWeights beside = training.stack_.beside(target.weight);
      training.places_.push_back({beside.b, module.scale, std::vector<float>(target.b.size()), layer});
      if (target.magnitude.empty()) continue;
      training.places_.push_back({beside.scale, 1.0f, std::vector<float>(target.magnitude.size()), layer, true, {target.weight, beside.shift, {}, {}}});
    }
  }
  for (const BottleneckModule& module : training.adapter_.bottlenecks) {
    const BottleneckWeights& w = training.stack_.layers()[static_cast<std::size_t>(module.layer)].bottleneck;
    for (const auto& [weight, values] : {std::pair(w.down, &module.down), {w.down_bias, &module.down_bias}, {w.up, &module.up}, {w.up_bias, &module.up_bias}}) {
      training.places_.push_back({weight, 1.0f, std::vector<float>(values->size()), module.layer});
    }
  }
  const WeightOverlay& whole = training.options_.whole;
  training.overlay_ = OverlayWeights(*training.model_, whole, static_cast<std::uint32_t>(training.model_->weights().all().size() + training.stack_.weights().size()));
  for (std::size_t i = 0; i < whole.entries.size(); ++i) {
    const WeightOverlay::Entry& entry = whole.entries[i];
    training.places_.push_back({&training.overlay_.weights()[i], 1.0f, std::vector<float>(entry.values.size()), adaptable_layer(entry.weight), !selects(entry)});
  }
  training.layers_ = training.stack_.layers();
  training.overlay_.put_into(training.layers_);
  RH_TRY(training.updated());
  return training;
}

struct LoraTraining::LayerTape {
  explicit LayerTape(Backend& backend) : tape(backend) {}
  Tape tape;
  struct Watched {
    Tensor buffer;
    bool shifts = false;  // of a magnitude's shift
  };
  std::vector<std::pair<Place*, Watched>> watched;
  Tensor input, output;
};

struct LoraTraining::Recorded {
  // Tapes lie on each other in the workspace: the last made ends first.
  ~Recorded() {
    while (!tapes.empty()) tapes.pop_back();
  }
  std::vector<Tensor> inputs;                      // of each layer that is to be run again, else undefined
  std::vector<std::unique_ptr<LayerTape>> tapes;   // of the others, in order
  Tensor x;                                        // of the head
  std::vector<std::uint16_t> ids;                  // [rows, routed layers, k] chosen experts
  std::vector<float> weights;                      // of the choice, likewise
  std::vector<TraceRow> trace;                     // [rows] into ids and weights
  std::int32_t k = 0;
  std::vector<std::int32_t> experts() const {      // ids; -1: none
    std::vector<std::int32_t> values(ids.begin(), ids.end());
    std::replace(values.begin(), values.end(), static_cast<std::int32_t>(no_expert), -1);
    return values;
  }
};

std::int32_t LoraTraining::lowest_layer() const {
  auto lowest = static_cast<std::int32_t>(model_->spec().layers.size());
  for (const Place& place : places_) {
    if (place.trained) lowest = std::min(lowest, place.layer);
  }
  return lowest;
}

void LoraTraining::forward(const Batch& given, std::optional<double> weight, Recorded& recorded) {
  const RoutingLayout layout = model_->spec().routing_layout();
  recorded.k = layout.max_top_k();
  const std::size_t each = layout.layers.size() * static_cast<std::size_t>(recorded.k);
  recorded.ids.assign(static_cast<std::size_t>(given.rows) * each, no_expert);
  recorded.weights.resize(recorded.ids.size());
  recorded.trace.resize(static_cast<std::size_t>(given.rows));
  for (std::size_t row = 0; row < recorded.trace.size(); ++row) {
    recorded.trace[row] = {recorded.ids.data() + row * each, recorded.weights.data() + row * each, nullptr};
  }
  Batch batch = given;
  if (each > 0) {
    batch.trace = recorded.trace.data();
    batch.trace_k = recorded.k;
    batch.trace_experts = layout.max_experts();
  }
  const std::uint64_t before = backend_->workspace_used_bytes();
  const std::int32_t lowest = weight ? lowest_layer() : std::numeric_limits<std::int32_t>::max();
  std::uint64_t largest = 1;  // bytes of a layer's activations so far: no layer without any room
  const std::vector<LayerWeights>& layers = given.adapter ? layers_ : model_->weights().layers;
  std::int32_t routed = 0;
  recorded.x = model_->embed(*backend_, batch);
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(model_->spec().layers.size()); ++i) {
    Tensor& input = recorded.inputs.emplace_back();
    const std::uint64_t used = backend_->workspace_used_bytes();
    if (i >= lowest && used - before + largest <= options_.activation_bytes) {
      recorded.tapes.push_back(layer_forward(batch, i, routed, recorded.x, *weight));
      recorded.x = recorded.tapes.back()->output;
      largest = std::max(largest, backend_->workspace_used_bytes() - used);
    } else {
      if (i >= lowest) input = backend_->scale(recorded.x, 1.0f);  // a copy: the layer writes into x
      const Ops::Mark mark = backend_->mark();
      recorded.x = model_->layer(*backend_, recorded.x, layers[static_cast<std::size_t>(i)], batch, i, routed);
      backend_->release(mark);
    }
    if (model_->spec().layers[static_cast<std::size_t>(i)].routed) ++routed;
  }
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

std::unique_ptr<LoraTraining::LayerTape> LoraTraining::layer_forward(const Batch& batch, std::int32_t layer, std::int32_t routed_index,
                                                                     const Tensor& input, double weight) {
  auto made = std::make_unique<LayerTape>(*backend_);
  for (Place& place : places_) {
    if (place.layer != layer || !place.trained) continue;
    made->watched.push_back({&place, {made->tape.watch(place.weight)}});
    if (place.sized.shift) made->watched.push_back({&place, {made->tape.watch(place.sized.shift), true}});
  }
  if (layer > lowest_layer()) made->tape.watch(input);
  made->tape.add_router_losses(options_.router_losses, static_cast<float>(weight));
  made->input = input;
  made->output = model_->layer(made->tape, input, layers_[static_cast<std::size_t>(layer)], batch, layer, routed_index);
  return made;
}

Status LoraTraining::layer_backward(LayerTape& layer, const Tensor& dx, double weight) {
  RH_TRY(layer.tape.backward(layer.output, dx));
  const auto [balance, z] = layer.tape.router_losses();
  routing_.balance_loss += weight * balance;
  routing_.z_loss += weight * z;
  std::vector<float> values;
  for (const auto& [place, gradient] : layer.watched) {
    values.resize(place->gradient.size());
    backend_->read(gradient.buffer, values.data());
    const bool sized = !place->sized.target.empty();
    const std::vector<float>& scales = gradient.shifts ? place->sized.shift_scale : place->sized.scale;
    for (std::size_t i = 0; i < values.size(); ++i) place->gradient[i] += (sized ? scales[i] : place->scale) * values[i];
  }
  const Tensor below = layer.tape.gradient(layer.input);
  if (!below.defined()) return Ok{};
  backend_->clear(dx);
  backend_->accumulate(dx, below);
  return Ok{};
}

Result<double> LoraTraining::run(const TrainingBatch& batch, double weight) {
  const Tensor dx = backend_->allocate(DType::f32, {batch.batch().rows, model_->spec().width});
  backend_->clear(dx);
  Recorded recorded;
  forward(batch.batch(), weight, recorded);
  RH_ASSIGN(const double loss, head_backward(batch, weight, recorded.x, dx));
  Batch again = batch.batch();
  const std::vector<std::int32_t> experts = recorded.experts();
  routing_.add(experts, recorded.weights, recorded.k);
  if (!experts.empty()) {
    again.replay = experts.data();
    again.replay_k = recorded.k;
  }
  std::int32_t routed = again.routed_layers;
  const std::int32_t lowest = lowest_layer();
  for (auto layer = static_cast<std::int32_t>(recorded.inputs.size()) - 1; layer >= lowest; --layer) {
    if (model_->spec().layers[static_cast<std::size_t>(layer)].routed) --routed;
    const Tensor& input = recorded.inputs[static_cast<std::size_t>(layer)];
    if (input.defined()) {
      RH_TRY(layer_backward(*layer_forward(again, layer, routed, input, weight), dx, weight));
    } else {
      RH_TRY(layer_backward(*recorded.tapes.back(), dx, weight));
      recorded.tapes.pop_back();
    }
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
    Recorded recorded;
    forward(batch.batch(), {}, recorded);
    Evaluated evaluated{{}, recorded.experts(), std::move(recorded.weights), recorded.k};
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
  routing_.clear();
}

void LoraTraining::step_biases() {
  const RoutingLayout layout = model_->spec().routing_layout();
  for (WeightOverlay::Entry& entry : options_.whole.entries) {
    if (!selects(entry)) continue;
    const auto layer = static_cast<std::size_t>(layout.index_of(adaptable_layer(entry.weight)));
    balance_biases(routing_.counts[layer], options_.bias_rate, entry.values);
  }
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
    for (LoraModule::Target& target : module.targets) {
      const std::size_t first = all.size();
      add(target.weight + ".B", target.b, module);
      for (std::size_t i = first; i < all.size(); ++i) all[i].rate = options_.b_rate;
      if (target.magnitude.empty()) continue;
      const std::size_t lengths = all.size();
      add(target.weight + ".magnitude", target.magnitude, module);
      for (std::size_t i = lengths; i < all.size(); ++i) all[i].decays = false;
    }
  }
  for (BottleneckModule& module : adapter_.bottlenecks) {
    const std::string stem = "layers." + std::to_string(module.layer) + ".bottleneck.";
    all.push_back({stem + "down", module.down, (place++)->gradient});
    all.push_back({stem + "down_bias", module.down_bias, (place++)->gradient, 1.0, false});
    all.push_back({stem + "up", module.up, (place++)->gradient});
    all.push_back({stem + "up_bias", module.up_bias, (place++)->gradient, 1.0, false});
  }
  for (WeightOverlay::Entry& entry : options_.whole.entries) {
    const bool matrix = !selects(entry) && !entry.weight.ends_with(".bias");
    std::string name = entry.weight;  // with its experts: a checkpoint of others is not for these
    for (const std::int32_t expert : entry.experts) name += "." + std::to_string(expert);
    all.push_back({std::move(name), entry.values, (place++)->gradient, selects(entry) ? 0.0 : 1.0, matrix});
  }
  return all;
}

Status LoraTraining::updated() {
  stack_.set(0, adapter_);
  for (Place& place : places_) {
    if (place.sized.target.empty()) continue;
    // magnitude / norm is the scale, and (1 - magnitude / norm) * bias the shift; the norm counts as a constant.
    const std::vector<float>& norms = stack_.norms(place.sized.target);
    place.sized.scale.resize(norms.size());
    for (std::size_t i = 0; i < norms.size(); ++i) place.sized.scale[i] = 1.0f / norms[i];
    if (!place.sized.shift) continue;
    RH_ASSIGN(const std::vector<float> bias, vector_values(*model_->weights().find(place.sized.target + ".bias")));
    place.sized.shift_scale.resize(norms.size());
    for (std::size_t i = 0; i < norms.size(); ++i) place.sized.shift_scale[i] = -bias[i] / norms[i];
  }
  backend_->forget(stack_id_);
  for (const Weight& weight : stack_.weights()) RH_TRY(backend_->prepare(stack_id_, weight));
  for (const Weight& weight : overlay_.weights()) RH_TRY(backend_->prepare(stack_id_, weight));
  return Ok{};
}

}  // namespace roundhouse
