// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/training_exports.h"

#include <algorithm>
#include <filesystem>
#include <span>

#include "engine/facade/model_digest.h"
#include "engine/io/mapped_file.h"
#include "engine/model/bottleneck_file.h"
#include "engine/model/families.h"
#include "engine/model/gguf_adapter.h"
#include "engine/model/model_writer.h"
#include "engine/model/peft_adapter.h"
#include "engine/model/weight_overlay.h"
#include "engine/model/weight_update.h"
#include "engine/train/parity.h"

namespace roundhouse {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t parity_offset = 2;  // from TrainingParts::first_id
constexpr std::size_t parity_prompts = 12, parity_tokens = 64;

// The beginnings of what is held out or, without it, of what was learned.
std::vector<std::vector<std::int32_t>> prompts_of(const TrainingParts& parts) {
  std::vector<std::vector<std::int32_t>> prompts;
  for (const TrainingSample& sample : parts.evaluation.empty() ? parts.train : parts.evaluation) {
    if (prompts.size() == parity_prompts) break;
    const auto count = static_cast<std::ptrdiff_t>(std::min(sample.tokens.size(), parity_tokens));
    prompts.emplace_back(sample.tokens.begin(), sample.tokens.begin() + count);
  }
  return prompts;
}

std::vector<WeightUpdate> all_updates(const TextModel& model, const LoraTraining& training) {
  std::vector<WeightUpdate> updates = overlay_updates(model, training.whole());
  for (WeightUpdate& update : lora_updates(training.adapter())) updates.push_back(std::move(update));
  return updates;
}

Result<std::string> file_digest(const std::string& path, const CancelToken& cancel) {
  RH_ASSIGN(const MappedFile file, MappedFile::open(path));
  return model_digest({{path, file.bytes()}}, cancel);
}

}  // namespace

Status export_training(const TrainingJob& job, const OpenedModel& opened, TrainingLoop& loop, RunFolder& folder, Json& digests, const CancelToken& cancel) {
  const LoraAdapter& adapter = loop.training().adapter();
  const WeightOverlay& whole = loop.training().whole();
  const TrainingParts& parts = loop.parts();
  const bool gguf = opened.source->format == ModelFormat::gguf;
  std::vector<ParityExport> exports;
  const auto path_of = [&](const char* name) { return (fs::path(folder.path()) / name).string(); };
  const auto written = [&](const char* kind, const std::string& path, const std::string& sha256) {
    digests[kind] = "sha256:" + sha256;
    return folder.tell("export", Json{{"kind", kind}, {"path", path}, {"sha256", sha256}}, true);
  };
  std::string weights;  // file of the whole weights, beside which an adapter belongs
  const auto compare = [&](const char* name, const std::string& path) { exports.push_back(adapter_export(name, path, parts.model, opened.source, weights)); };

  if (!whole.entries.empty()) {
    weights = path_of("weights.safetensors");
    RH_TRY(write_overlay(weights, whole, *parts.model));
    RH_ASSIGN(const std::string sha256, file_digest(weights, cancel));
    RH_TRY(written("weights", weights, sha256));
    if (adapter.modules.empty() && adapter.bottlenecks.empty()) compare("weights", "");
  }
  if (!adapter.modules.empty()) {
    const std::string path = path_of("adapter");
    RH_TRY(write_peft_adapter(path, adapter, *parts.model, opened.info.path));
    RH_ASSIGN(const LoraAdapter read, read_peft_adapter(path, *parts.model));
    RH_TRY(written("peft", path, read.sha256));
    compare("peft", path);
  }
  // (llama.cpp's format has no place for magnitudes.)
  const std::string architecture = gguf_architecture(opened.source->format, opened.source->architecture);
  if (!adapter.modules.empty() && job.exports.gguf && !architecture.empty() && !has_magnitudes(adapter)) {
    const std::string path = path_of("adapter.gguf");
    RH_TRY(write_gguf_adapter(path, adapter, *parts.model, architecture));
    RH_ASSIGN(const LoraAdapter read, read_gguf_adapter(path, *parts.model, architecture));
    RH_TRY(written("gguf", path, read.sha256));
    compare("gguf", path);
  }
  if (!adapter.bottlenecks.empty()) {
    const std::string path = path_of("adapter.safetensors");
    RH_TRY(write_bottlenecks(path, adapter, *parts.model));
    RH_ASSIGN(const LoraAdapter read, read_bottlenecks(path, *parts.model));
    RH_TRY(written("bottlenecks", path, read.sha256));
    compare("bottlenecks", path);
  }
  // Nothing but the merged model holds whole weights for other programs.
  const std::string types = job.exports.merged == "none" && !whole.entries.empty() ? "same" : job.exports.merged;
  if (types != "none" && adapter.bottlenecks.empty()) {  // which no weights can hold
    const std::string path = path_of(gguf ? "merged.gguf" : "merged");
    std::error_code error;
    fs::remove_all(path, error);
    if (error) return Error{ErrorCode::io, "export", path, {}, error.message()};
    ModelWriteOptions options;
    options.threads = std::max(1, job.compute.threads);
    if (types == "same") {
      if (gguf) options.updated_type = DType::q8_0;  // four bits would round away most of what a fine-tune changes
    } else {
      options.type = dtype_from_name(types);
    }
    RH_TRY(write_model(*opened.source, all_updates(*parts.model, loop.training()), path, options, {}, cancel));
    RH_ASSIGN(const auto source, open_model_source(path));
    RH_ASSIGN(const std::string sha256, model_digest(source->files, cancel));
    RH_TRY(written("merged", path, sha256));
    exports.push_back(model_export("merged", path));
  }

  ParityState trained{parts.model, nullptr, 0};
  if (!whole.entries.empty()) {
    RH_ASSIGN(trained.model, update_weights(parts.model, overlay_updates(*parts.model, whole)));
  }
  if (!adapter.empty()) {
    RH_ASSIGN(AdapterStack stack, AdapterStack::create(*trained.model, std::span(&adapter, 1)));
    trained.adapters = std::make_shared<const AdapterStack>(std::move(stack));
  }
  RH_ASSIGN(const auto results, check_parity(*parts.backend->backend, parts.first_id + parity_offset, parts.model, trained, prompts_of(parts), exports, cancel));
  Json list = Json::array();
  bool passed = true;
  for (const ParityResult& result : results) {
    RH_ASSIGN(Json one, parse_json(parity_json(result), "parity"));
    passed = passed && result.passed;
    list.push_back(std::move(one));
  }
  return folder.tell("parity", Json{{"exports", list}, {"passed", passed}}, true);
}

}  // namespace roundhouse
