// SPDX-License-Identifier: Apache-2.0
#include "engine/train/lora_training.h"

#include <algorithm>
#include <new>
#include <span>

#include "engine/ops/tape.h"

namespace roundhouse {

Result<LoraTraining> LoraTraining::create(std::shared_ptr<const TextModel> model, Backend& backend, std::uint64_t stack_id, LoraAdapter start) {
  RH_ASSIGN(AdapterStack stack, AdapterStack::create(*model, std::span(&start, 1)));
  LoraTraining training(std::move(model), backend, stack_id, std::move(start), std::move(stack));
  for (const LoraModule& module : training.adapter_.modules) {
    training.places_.push_back({training.stack_.beside(module.targets.front().weight).a, 1.0f, std::vector<float>(module.a.size())});
    for (const LoraModule::Target& target : module.targets) {
      training.places_.push_back({training.stack_.beside(target.weight).b, module.scale, std::vector<float>(target.b.size())});
    }
  }
  RH_TRY(training.updated());
  return training;
}

Result<double> LoraTraining::add_gradients(const TrainingBatch& batch, double weight) try {
  Tape tape(*backend_);
  std::vector<Tensor> gradients;
  for (const Place& place : places_) gradients.push_back(tape.watch(place.weight));
  const Tensor logits = model_->forward(tape, batch.batch(), nullptr, &stack_.layers());
  const Tensor loss = tape.cross_entropy(logits, batch.targets());
  RH_TRY(tape.backward(loss));
  float value = 0.0f;
  backend_->read(loss, &value);
  std::vector<float> own;
  for (std::size_t p = 0; p < places_.size(); ++p) {
    Place& place = places_[p];
    own.resize(place.gradient.size());
    backend_->read(gradients[p], own.data());
    const auto factor = static_cast<float>(weight * place.scale);
    for (std::size_t i = 0; i < own.size(); ++i) place.gradient[i] += factor * own[i];
  }
  return static_cast<double>(value);
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::out_of_memory, "train", std::to_string(batch.batch().rows) + " tokens", "memory for activations and gradients", "none left"};
}

void LoraTraining::clear_gradients() {
  for (Place& place : places_) std::fill(place.gradient.begin(), place.gradient.end(), 0.0f);
}

std::vector<Parameter> LoraTraining::parameters() {
  std::vector<Parameter> all;
  for (LoraModule& module : adapter_.modules) {
    all.push_back({module.name + ".A", module.a, places_[all.size()].gradient});
    for (LoraModule::Target& target : module.targets) all.push_back({target.weight + ".B", target.b, places_[all.size()].gradient});
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
