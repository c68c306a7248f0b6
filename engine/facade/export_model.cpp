// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/export_model.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <filesystem>
#include <thread>

#include "engine/base/guarded.h"
#include "engine/facade/adapter_files.h"
#include "engine/facade/model_digest.h"
#include "engine/facade/model_info.h"
#include "engine/io/json.h"
#include "engine/io/mapped_file.h"
#include "engine/io/safetensors_file.h"
#include "engine/model/families.h"
#include "engine/model/gguf_adapter.h"
#include "engine/model/model_builder.h"
#include "engine/model/model_writer.h"
#include "engine/model/peft_adapter.h"
#include "engine/model/weight_overlay.h"

namespace roundhouse {

namespace {

namespace fs = std::filesystem;
constexpr const char* operation = "export";

// What is to be written, read from files.
struct Parts {
  std::deque<LoraAdapter> adapters;    // scales multiplied in
  std::deque<WeightOverlay> overlays;
  std::vector<WeightUpdate> updates;   // overlays, then adapters
  std::vector<ExportReport::Part> named;
};

class Export {
 public:
  Export(const std::string& model_path, const std::string& output, const ExportOptions& options, const std::function<void(const LoadProgress&)>& progress,
         const CancelToken& cancel)
      : model_path_(model_path), output_(output), options_(options), progress_(progress), cancel_(cancel) {}

  Result<ExportReport> run(const std::vector<ExportPart>& parts) {
    tell(export_stage::reading, 0.0);
    RH_TRY(check_output());
    RH_ASSIGN(source_, open_model_source(model_path_));
    RH_ASSIGN(BuiltModel built, build_model(source_, false));  // shapes are all that adapters are held against
    info_ = describe_model(*source_, &built, false, nullptr);
    const TextModel model(std::move(built.spec), std::move(built.weights));
    RH_ASSIGN(const Parts read, read_parts(parts, model));
    RH_ASSIGN(report_.model_sha256, digest(source_->files, export_stage::computing_digest, 0.05, 0.25));
    report_.path = output_;
    report_.parts = read.named;
    RH_TRY(options_.format == ExportFormat::merged ? write_merged(read) : write_adapter(read, model));
    const Status logged = log();
    if (logged.ok()) {
      tell(export_stage::computing_digest, 1.0);
      return report_;
    }
    std::error_code ignored;
    fs::remove_all(output_, ignored);  // it was not there before, and is not to be without an entry
    return logged.error();
  }

 private:
  void tell(const char* stage, double fraction) const {
    if (progress_) progress_({stage, fraction});
  }
  Error refuse(ErrorCode code, std::string object, std::string expected, std::string received) const {
    return {code, operation, std::move(object), std::move(expected), std::move(received)};
  }

  Status check_output() {
    if (output_.empty()) return refuse(ErrorCode::invalid_argument, "output", "a path", "none");
    while (output_.size() > 1 && output_.ends_with('/')) output_.pop_back();
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(output_, ignored)) || (fs::is_directory(output_, ignored) && fs::is_empty(output_, ignored))) return Ok{};
    return refuse(ErrorCode::conflict, output_, "a path where nothing is", "something that is there");
  }

  static Result<bool> has_bottlenecks(const std::string& path) {
    RH_ASSIGN(const SafetensorsFile file, SafetensorsFile::open(path));
    const auto& metadata = file.metadata();
    return std::any_of(metadata.begin(), metadata.end(), [](const auto& entry) { return entry.first == "roundhouse" && entry.second == "bottlenecks"; });
  }

  Result<Parts> read_parts(const std::vector<ExportPart>& parts, const TextModel& model) const {
    Parts read;
    for (const ExportPart& part : parts) {
      if (!std::isfinite(part.scale)) return refuse(ErrorCode::invalid_argument, part.path, "a finite scale", std::to_string(part.scale));
      if (part.path.ends_with(".safetensors")) {
        RH_ASSIGN(const bool bottlenecks, has_bottlenecks(part.path));
        if (bottlenecks) return refuse(ErrorCode::unsupported, part.path, "a low-rank adapter or whole weights", "bottlenecks, which no weight can take in");
        if (part.scale != 1.0) return refuse(ErrorCode::invalid_argument, part.path, "no scale for whole weights", std::to_string(part.scale));
        RH_ASSIGN(WeightOverlay overlay, read_overlay(part.path, model));
        RH_ASSIGN(const MappedFile file, MappedFile::open(part.path));
        RH_ASSIGN(const std::string sha256, model_digest({{part.path, file.bytes()}}, cancel_));
        read.overlays.push_back(std::move(overlay));
        read.named.push_back({fs::path(part.path).filename().string(), sha256, 1.0});
        continue;
      }
      RH_ASSIGN(std::vector<LoraAdapter> one, load_adapters({part.path}, model, *source_));
      for (LoraModule& module : one.front().modules) module.scale *= static_cast<float>(part.scale);
      read.named.push_back({one.front().name, one.front().sha256, part.scale});
      read.adapters.push_back(std::move(one.front()));
    }
    for (const LoraAdapter& adapter : read.adapters) {
      const auto scale = std::find_if(read.named.begin(), read.named.end(), [&](const auto& named) { return named.sha256 == adapter.sha256; })->scale;
      if (!has_magnitudes(adapter) || (read.adapters.size() == 1 && scale == 1.0)) continue;
      return refuse(ErrorCode::unsupported, adapter.name, "an adapter with magnitudes (DoRA) alone and unscaled", "others beside it, or a scale");
    }
    for (const WeightOverlay& overlay : read.overlays) {
      for (WeightUpdate& update : overlay_updates(model, overlay)) read.updates.push_back(std::move(update));
    }
    for (const LoraAdapter& adapter : read.adapters) {
      for (WeightUpdate& update : lora_updates(adapter)) read.updates.push_back(std::move(update));
    }
    return read;
  }

  Status write_merged(const Parts& read) {
    ModelWriteOptions write;
    write.threads = options_.threads > 0 ? options_.threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    if (options_.type.empty()) {
      if (source_->format == ModelFormat::gguf) write.updated_type = DType::q8_0;
    } else if (options_.type != "own") {
      write.type = dtype_from_name(options_.type);
      if (!write.type) return refuse(ErrorCode::invalid_argument, "type", "own, f32, f16, bf16, q8_0, q4_0, q4_k or q6_k", options_.type);
    }
    const auto fraction = [&](double part) { tell(export_stage::writing, 0.25 + 0.6 * part); };
    RH_ASSIGN(WrittenModel written, write_model(*source_, read.updates, output_, write, fraction, cancel_));
    report_.format = source_->format == ModelFormat::gguf ? "gguf" : "safetensors";
    report_.tensors = written.tensors;
    report_.updated_tensors = written.updated_tensors;
    report_.converted_tensors = written.converted_tensors;
    report_.in_another_type = std::move(written.in_another_type);
    return digest_or_remove();
  }

  // Opens what was written.
  Status digest_or_remove() {
    const auto read = [&]() -> Status {
      RH_ASSIGN(const auto made, open_model_source(output_));
      report_.bytes = made->file_bytes;
      RH_ASSIGN(report_.sha256, digest(made->files, export_stage::computing_digest, 0.85, 1.0));
      return Ok{};
    };
    const Status done = read();
    std::error_code ignored;
    if (!done.ok()) fs::remove_all(output_, ignored);
    return done;
  }

  Status write_adapter(const Parts& read, const TextModel& model) {
    if (read.adapters.empty() || !read.overlays.empty()) {
      return refuse(ErrorCode::invalid_argument, output_, "an adapter, and no whole weights, for an export of the adapter alone",
                    read.adapters.empty() ? "no adapter" : "whole weights");
    }
    if (!options_.type.empty()) return refuse(ErrorCode::invalid_argument, "type", "none for an adapter, which is float32", options_.type);
    tell(export_stage::writing, 0.5);
    LoraAdapter adapter = read.adapters.front();
    if (read.adapters.size() > 1) {
      std::vector<WeighedAdapter> all;
      for (const LoraAdapter& each : read.adapters) all.push_back({&each, 1.0f});
      RH_ASSIGN(adapter, combine_adapters(model, all, adapter_name(output_)));
    }
    if (options_.format == ExportFormat::peft) {
      report_.format = "peft";
      RH_TRY(write_peft_adapter(output_, adapter, model, info_.name));
    } else {
      report_.format = "gguf-adapter";
      RH_TRY(write_gguf_adapter(output_, adapter, model, gguf_architecture(source_->format, source_->architecture)));
    }
    std::error_code ignored;
    for (const std::string& file : options_.format == ExportFormat::peft ? std::vector<std::string>{output_ + "/adapter_config.json", output_ + "/adapter_model.safetensors"} : std::vector<std::string>{output_}) {
      report_.bytes += fs::file_size(file, ignored);
    }
    const auto made = load_adapters({output_}, model, *source_);
    if (made.ok()) {
      report_.sha256 = made->front().sha256;
      return Ok{};
    }
    fs::remove_all(output_, ignored);
    return made.error();
  }

  Result<std::string> digest(const std::vector<SourceFile>& files, const char* stage, double from, double to) const {
    return model_digest(files, cancel_, [&](std::uint64_t done, std::uint64_t all) {
      tell(stage, from + (to - from) * static_cast<double>(done) / static_cast<double>(std::max<std::uint64_t>(all, 1)));
    });
  }

  Status log() {
    if (!options_.audit) return Ok{};
    AuditEntry entry;
    entry.kind = audit_kind::exported;
    entry.user = options_.user;
    entry.program = options_.program;
    entry.model_name = info_.name;
    entry.model_digest = "sha256:" + report_.model_sha256;
    entry.action = options_.format == ExportFormat::merged ? "model" : "adapter";
    Json parts = Json::array();
    for (const ExportReport::Part& part : report_.parts) parts.push_back({{"name", part.name}, {"digest", "sha256:" + part.sha256}, {"scale", part.scale}});
    Json extra = {{"path", report_.path}, {"format", report_.format}, {"digest", "sha256:" + report_.sha256}, {"adapters", parts}};
    if (!options_.type.empty()) extra["type"] = options_.type;
    entry.extra_json = dump_json(extra);
    RH_ASSIGN(const AuditReceipt receipt, options_.audit->append(std::move(entry)));
    report_.audit_entry = receipt.sequence;
    return Ok{};
  }

  const std::string& model_path_;
  std::string output_;
  const ExportOptions& options_;
  const std::function<void(const LoadProgress&)>& progress_;
  const CancelToken& cancel_;
  std::shared_ptr<const ModelSource> source_;
  ModelInfo info_;
  ExportReport report_;
};

}  // namespace

Result<ExportReport> export_model(const std::string& model_path, const std::vector<ExportPart>& parts, const std::string& output,
                                  const ExportOptions& options, const std::function<void(const LoadProgress&)>& progress, const CancelToken& cancel) {
  return guarded(operation, output, [&] { return Export(model_path, output, options, progress, cancel).run(parts); });
}

}  // namespace roundhouse
