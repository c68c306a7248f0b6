// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/training_check.h"

#include <cmath>
#include <map>

#include "engine/model/families.h"
#include "engine/model/peft_adapter.h"
#include "engine/train/adamw.h"
#include "engine/train/lora_training.h"
#include "tests/conformance/gradient_check.h"
#include "tests/conformance/reference_file.h"

namespace roundhouse::conformance {

namespace {

constexpr std::uint64_t stack_id = 2;  // load() prepares the model as 1

// Losses to 1e-4, logits to 2e-3, gradient norms to 1e-3: ../shared/reference/README.md.
Status check_losses(Report& report, const std::string& path, LoraTraining& training, const TrainingBatch& batch, const std::vector<float>& expected) {
  AdamW optimiser({.learning_rate = 1e-2});
  Largest worst;
  for (const float theirs : expected) {
    training.clear_gradients();
    RH_ASSIGN(const double loss, training.add_gradients(batch));
    worst.add(std::abs(loss - theirs) / theirs);
    const std::vector<Parameter> parameters = training.parameters();
    optimiser.step(parameters);
    RH_TRY(training.updated());
  }
  report.check(worst.within(1e-4), path + ": losses of " + std::to_string(expected.size()) + " steps", "relative within " + number(worst.value()) + " (bound 1e-4)");
  return Ok{};
}

Result<TrainingBatch> batch_of(const ReferenceFile& reference, const ModelSpec& spec) {
  RH_ASSIGN(const auto ids, reference.integers("ids_b", ReferenceFile::any_count, spec.vocabulary));
  const TrainingSample sample{ids, {}};
  return TrainingBatch::pack({&sample, 1}, spec, 0);
}

// A = the recorded start on each projection that has one, B = 0.
Result<LoraAdapter> recorded_start(const ReferenceFile& reference, const Weights& weights) {
  constexpr std::int64_t rank = 4;
  constexpr float alpha = 8.0f;
  LoraAdapter adapter;
  const std::string prefix = "lora.init.";
  for (const std::string& name : reference.names(prefix)) {
    const std::string module = name.substr(prefix.size(), name.size() - prefix.size() - 2);
    const TensorName canonical = canonical_tensor_name(ModelFormat::hugging_face, module + ".weight");
    const WeightRef weight = adaptable_weight(weights, canonical.canonical);
    if (!weight) return Error{ErrorCode::not_found, "read reference", name, "a projection of this model", "none"};
    LoraModule made{module, {{weight->name, weight->rows, std::vector<float>(static_cast<std::size_t>(weight->rows * rank))}}, 1, rank, weight->cols, alpha / rank, {}};
    RH_ASSIGN(made.a, reference.floats(name, static_cast<std::size_t>(rank * weight->cols)));
    adapter.modules.push_back(std::move(made));
  }
  if (adapter.modules.empty()) return Error{ErrorCode::not_found, "read reference", prefix + "*", "the start of a training", "none"};
  return adapter;
}

Status check_final(Report& report, const std::string& path, const ReferenceFile& reference, const LoraAdapter& adapter) {
  Largest difference;
  int compared = 0;
  for (const LoraModule& module : adapter.modules) {
    for (const auto& [half, own] : {std::pair<const char*, const std::vector<float>&>(".A", module.a), {".B", module.targets[0].b}}) {
      const std::string name = "lora.final." + module.name + half;
      if (reference.names(name).empty()) continue;
      RH_ASSIGN(const auto theirs, reference.floats(name, own.size()));
      for (std::size_t i = 0; i < own.size(); ++i) difference.add(std::abs(static_cast<double>(own[i]) - theirs[i]));
      ++compared;
    }
  }
  report.check(compared > 0 && difference.within(2e-3), path + ": trained matrices", std::to_string(compared) + " within " + number(difference.value()) + " (bound 2e-3)");
  return Ok{};
}

Status check_recorded_lora(Report& report, const std::string& path, const ReferenceFile& reference, LoadedModel& loaded) {
  RH_ASSIGN(const auto losses, reference.floats("lora.losses", ReferenceFile::any_count));
  RH_ASSIGN(const TrainingBatch batch, batch_of(reference, loaded.model->spec()));
  RH_ASSIGN(LoraAdapter start, recorded_start(reference, loaded.model->weights()));
  RH_ASSIGN(LoraTraining training, LoraTraining::create(loaded.model, *loaded.backend, stack_id, std::move(start)));
  RH_TRY(check_losses(report, path + ": LoRA", training, batch, losses));
  return check_final(report, path + ": LoRA", reference, training.adapter());
}

// Under the names that PEFT gives its parameters.
std::map<std::string, double> norms_of(LoraTraining& training) {
  std::map<std::string, double> squares;
  const std::vector<Parameter> parameters = training.parameters();
  std::size_t at = 0;
  for (const LoraModule& module : training.adapter().modules) {
    std::string name = module.name;
    for (const auto& [end, wrapped] : {std::pair<std::string, std::string>(".gate_up_proj", ".base_layer"), {".down_proj", ""}}) {
      if (name.ends_with(".experts" + end)) name.replace(name.size() - end.size(), end.size(), wrapped);
    }
    const auto add = [&](const char* half) {
      for (const float g : parameters[at].gradient) squares[name + half + ".default.weight"] += static_cast<double>(g) * g;
      ++at;
    };
    add(".lora_A");
    for (const LoraModule::Target& target : module.targets) {
      add(".lora_B");
      if (!target.magnitude.empty()) add(".lora_magnitude_vector");
    }
  }
  for (auto& [name, value] : squares) value = std::sqrt(value);
  return squares;
}

Status check_norms(Report& report, const std::string& path, const ReferenceFile& reference, const std::map<std::string, double>& own) {
  const std::vector<std::string> names = reference.names("gradnorm.");
  Largest worst;
  std::size_t missing = 0;
  for (const std::string& name : names) {
    RH_ASSIGN(const double theirs, reference.scalar(name));
    const auto found = own.find(name.substr(9));
    if (found == own.end()) ++missing;
    else worst.add(std::abs(found->second - theirs) / std::max(theirs, 1e-12));
  }
  report.check(!names.empty() && missing == 0 && own.size() == names.size() && worst.within(1e-3), path + ": gradient norms",
               std::to_string(names.size()) + " matrices, " + std::to_string(missing) + " missing, relative within " + number(worst.value()) + " (bound 1e-3)");
  return Ok{};
}

Status check_logits(Report& report, const std::string& name, const ReferenceFile& reference, const std::string& tensor, const TextModel& model,
                    Backend& backend, const std::vector<LayerWeights>* layers) {
  RH_ASSIGN(const auto ids, reference.integers("ids_a", ReferenceFile::any_count, model.spec().vocabulary));
  RH_ASSIGN(const auto expected, reference.floats(tensor, ids.size() * static_cast<std::size_t>(model.spec().vocabulary)));
  const TrainingSample sample{ids, {}};
  RH_ASSIGN(const TrainingBatch packed, TrainingBatch::pack({&sample, 1}, model.spec(), layers ? 0 : -1));
  std::vector<std::int32_t> all(ids.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int32_t>(i);
  Batch batch = packed.batch();
  batch.output_rows = all.data();
  batch.outputs = static_cast<std::int32_t>(all.size());
  const Ops::Mark mark = backend.mark();
  const Tensor logits = model.forward(backend, batch, nullptr, layers);
  std::vector<float> own(expected.size());
  backend.read(logits, own.data());
  backend.release(mark);
  Largest difference;
  for (std::size_t i = 0; i < own.size(); ++i) difference.add(std::abs(static_cast<double>(own[i]) - expected[i]));
  report.check(difference.within(2e-3), name, "within " + number(difference.value()) + " (bound 2e-3)");
  return Ok{};
}

Status check_adapter_folder(Report& report, const std::string& path, const std::string& folder, LoadedModel& loaded) {
  RH_ASSIGN(const ReferenceFile reference, ReferenceFile::open(folder + "/reference.safetensors"));
  RH_ASSIGN(const LoraAdapter adapter, read_peft_adapter(folder, *loaded.model));
  report.note(path + ": " + std::to_string(adapter.modules.size()) + " modules, " + std::to_string(adapter.parameters()) + " parameters");
  RH_ASSIGN(const AdapterStack stack, AdapterStack::create(*loaded.model, {&adapter, 1}));
  for (const Weight& weight : stack.weights()) RH_TRY(loaded.backend->prepare(stack_id, weight));
  RH_TRY(check_logits(report, path + ": logits", reference, "logits_a", *loaded.model, *loaded.backend, &stack.layers()));
  loaded.backend->forget(stack_id);
  RH_ASSIGN(const auto merged, merge_adapter(loaded.model, adapter));
  for (const Weight& weight : merged->weights().all()) RH_TRY(loaded.backend->prepare(stack_id + 1, weight));
  RH_TRY(check_logits(report, path + ": merged logits", reference, "merged_logits_a", *merged, *loaded.backend, nullptr));
  loaded.backend->forget(stack_id + 1);

  RH_ASSIGN(const TrainingBatch batch, batch_of(reference, loaded.model->spec()));
  RH_ASSIGN(LoraTraining training, LoraTraining::create(loaded.model, *loaded.backend, stack_id, adapter));
  RH_ASSIGN(const double loss, training.add_gradients(batch));
  report.note(path + ": loss " + number(loss));
  RH_TRY(check_norms(report, path, reference, norms_of(training)));
  RH_ASSIGN(const auto losses, reference.floats("losses", ReferenceFile::any_count));
  return check_losses(report, path, training, batch, losses);
}

}  // namespace

void check_training(Report& report, const std::string& folder, Isa isa, int threads) {
  const std::string path = isa_name(isa);
  auto loaded = load(folder, isa, threads, true);
  if (!loaded.ok()) return report.fail(path + ": load", loaded.error());
  const auto reference = ReferenceFile::open(folder + "/reference.safetensors");
  if (!reference.ok()) return report.fail(path + ": reference", reference.error());
  if (isa == Isa::reference) {
    if (const Status done = check_gradients(report, *reference, *loaded); !done.ok()) report.fail(path + ": gradients", done.error());
  }
  if (const Status done = check_recorded_lora(report, path, *reference, *loaded); !done.ok()) report.fail(path + ": LoRA", done.error());
}

void check_peft(Report& report, const std::string& base, const std::string& adapter, Isa isa, int threads) {
  const std::string path = isa_name(isa);
  auto loaded = load(base, isa, threads, true);
  if (!loaded.ok()) return report.fail(path + ": load", loaded.error());
  if (const Status done = check_adapter_folder(report, path, adapter, *loaded); !done.ok()) report.fail(path + ": adapter", done.error());
}

}  // namespace roundhouse::conformance
