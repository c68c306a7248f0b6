// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/training_run_impl.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "engine/base/guarded.h"
#include "engine/base/sha256.h"
#include "engine/cpu/create_backend.h"
#include "engine/facade/available_memory.h"
#include "engine/facade/memory_check.h"
#include "engine/facade/model_digest.h"
#include "engine/facade/training_exports.h"
#include "engine/facade/training_report.h"
#include "engine/io/mapped_file.h"
#include "roundhouse/load_stage.h"

namespace roundhouse {

namespace {

constexpr std::uint64_t model_id = 1, first_free_id = 2;
constexpr std::uint64_t least_activation_bytes = std::uint64_t{256} << 20;

DataRequest data_request_of(const TrainingJob& job, std::int32_t context_tokens) {
  DataRequest request;
  request.train = job.data.train;
  request.evaluation = job.data.evaluation;
  request.evaluation_share = job.data.evaluation_share;
  request.seed = job.seed;
  request.options.format = data_format_named(job.data.format);  // auto: none
  request.options.mapping = job.data.mapping;
  request.max_tokens = std::min<std::int64_t>(job.data.max_tokens, context_tokens);
  request.too_long = job.data.too_long == TrainingJob::TooLong::truncate ? DataRequest::TooLong::truncate : DataRequest::TooLong::drop;
  request.threads = job.compute.threads;
  return request;
}

// The digest of the files, as the audit log names them: of one its own, of several that of sha256sum's lines.
Result<std::string> files_digest(const std::vector<std::string>& paths, const CancelToken& cancel) {
  std::vector<MappedFile> mapped;
  std::vector<SourceFile> files;
  for (const std::string& path : paths) {
    RH_ASSIGN(MappedFile file, MappedFile::open(path));
    files.push_back({path, file.bytes()});
    mapped.push_back(std::move(file));
  }
  return model_digest(files, cancel);
}

Status refuse_problems(const TrainingJob& job, const DataReport& report) {
  if (job.data.problems == TrainingJob::Problems::skip) return Ok{};
  for (const DataPartReport* part : {&report.train, &report.evaluation}) {
    for (const DataPartReport::File& file : part->files) {
      if (file.problems.empty()) continue;
      const DataProblem& first = file.problems.front();
      return Error{ErrorCode::malformed, "read training data", "line " + std::to_string(first.line) + " of " + file.path, "rows that can all be used (or data.problems: skip)",
                   first.reason + (file.problem_count > 1 ? ", and " + std::to_string(file.problem_count - 1) + " more" : "")};
    }
  }
  return Ok{};
}

Json error_json(const Error& error) {
  return {{"code", error_code_name(error.code)}, {"operation", error.operation}, {"object", error.object}, {"expected", error.expected}, {"received", error.received}};
}

}  // namespace

Result<std::unique_ptr<TrainingRun>> TrainingRun::prepare(TrainingJob job, TrainingOptions options,
                                                          std::function<void(const std::string&, double)> progress, CancelToken cancel) {
  const std::string name = job.name;
  return guarded("prepare training", name, [&] { return TrainingRunImpl::prepare(std::move(job), std::move(options), progress, cancel); });
}

Result<std::unique_ptr<TrainingRun>> TrainingRunImpl::prepare(TrainingJob job, TrainingOptions options,
                                                              const std::function<void(const std::string&, double)>& progress, const CancelToken& cancel) {
  RH_TRY(check_training_job(job));
  const auto tell = [&](const std::string& stage, double fraction) {
    if (progress) progress(stage, fraction);
  };
  const auto cancelled = [&]() -> Status {
    if (cancel.cancelled()) return Error{ErrorCode::cancelled, "prepare training", job.name, {}, "a cancel"};
    return Ok{};
  };
  tell(load_stage::mapping, 0.0);
  const std::string path = job.model == "embedded" ? options.embedded_model : job.model;
  RH_ASSIGN(OpenedModel opened, open_model(path));
  if (opened.source->format == ModelFormat::hugging_face && (job.exports.merged == "q8_0" || job.exports.merged == "q4_0")) {
    return Error{ErrorCode::unsupported, "prepare training", "exports.merged", "f32, f16, bf16 or same for a folder of safetensors", job.exports.merged};
  }
  RH_ASSIGN(PreparedData data, prepare_data(data_request_of(job, opened.info.context_tokens), *opened.text.tokenizer, *opened.text.chat_template, progress, cancel));
  std::vector<std::string> data_files = job.data.train;
  data_files.insert(data_files.end(), job.data.evaluation.begin(), job.data.evaluation.end());
  RH_ASSIGN(std::string data_sha256, files_digest(data_files, cancel));
  tell(load_stage::computing_digest, 0.0);
  RH_ASSIGN(std::string model_sha256, model_digest(opened.source->files, cancel, [&](std::uint64_t done, std::uint64_t all) {
              tell(load_stage::computing_digest, static_cast<double>(done) / static_cast<double>(std::max<std::uint64_t>(all, 1)));
            }));

  RH_ASSIGN(const Isa isa, parse_isa(job.compute.isa));
  const int threads = job.compute.threads > 0 ? job.compute.threads : static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  auto backend = std::make_shared<SharedBackend>();
  const auto precision = job.compute.precision == TrainingJob::Precision::bfloat16 ? ProductPrecision::bfloat16 : ProductPrecision::float32;
  RH_ASSIGN(backend->backend, create_training_backend(isa, threads, {}, precision));
  std::uint64_t copied = 0, weights = 0;
  for (const Weight& weight : opened.built.weights.all()) {
    const std::uint64_t own = backend->backend->bytes_to_prepare(weight);
    copied += own;
    weights += std::max<std::uint64_t>(own, weight.bytes);
  }
  for (const StackedWeight& stacked : opened.built.stacked) copied += stacked.weight->bytes;
  RH_TRY(check_memory(path, {opened.info.dense_bytes + opened.info.expert_bytes, copied}, {available_memory_bytes(), physical_memory_bytes()}));
  RH_TRY(stack_weights(opened.built, cancel));
  const auto model = std::make_shared<const TextModel>(std::move(opened.built.spec), std::move(opened.built.weights));
  tell(load_stage::preparing_weights, 0.0);
  for (const Weight& weight : model->weights().all()) {
    RH_TRY(cancelled());
    RH_TRY(backend->backend->prepare(model_id, weight));
  }

  TrainingParts parts{model, backend, first_free_id, opened.text, std::move(data.train), std::move(data.evaluation), model_sha256,
                      job.compute.activation_bytes > 0 ? job.compute.activation_bytes : std::max(available_memory_bytes() / 2, least_activation_bytes)};
  RH_ASSIGN(TrainingLoop loop, TrainingLoop::create(job, std::move(parts)));
  RH_TRY(cancelled());
  RH_ASSIGN(const TrainingProbe probe, probe_training(loop));
  for (const std::int64_t index : loop.first_indices()) {
    const auto at = static_cast<std::size_t>(index);
    data.report.first_batch.push_back(render_sample(loop.parts().train[at], data.train_origins[at], *opened.text.tokenizer));
  }
  const TrainingPrediction prediction = predict_training(job, loop, weights, probe);
  Json report = {{"model", {{"name", opened.info.name}, {"path", path}, {"sha256", model_sha256}, {"parameters", opened.info.parameters}}},
                 {"data", data_report_json(data.report)},
                 {"trained", trained_json(job, loop.training(), opened.info.parameters)},
                 {"router", router_json(job)},
                 {"steps", {{"steps", loop.steps()}, {"epochs", loop.epochs()}, {"samples", job.steps.samples}, {"tokens", loop.tokens()}}},
                 {"predicted", {{"memory_bytes", prediction.memory_bytes}, {"seconds", prediction.seconds}}},
                 {"available_memory_bytes", available_memory_bytes()}};
  report["data"]["sha256"] = data_sha256;
  auto run = std::unique_ptr<TrainingRunImpl>(new TrainingRunImpl(std::move(job), std::move(options), std::move(opened), std::move(model_sha256),
                                                                  std::move(loop), std::move(report), std::move(data_sha256)));
  run->problems_ = refuse_problems(run->job_, data.report);
  return std::unique_ptr<TrainingRun>(std::move(run));
}

Result<std::int64_t> TrainingRunImpl::log(std::string_view kind, const char* action, std::int64_t refers_to, Json extra) const {
  if (!options_.audit) return std::int64_t{0};
  AuditEntry entry;
  entry.kind = kind;
  entry.program = options_.program;
  entry.session = job_.name;
  entry.refers_to = refers_to;
  entry.model_name = opened_.info.name;
  entry.model_digest = "sha256:" + model_sha256_;
  entry.action = action;
  if (kind == audit_kind::training_started) entry.settings_json = dump_json(Json{{"job", training_job_yaml(job_)}});
  entry.extra_json = dump_json(extra);
  RH_ASSIGN(const AuditReceipt receipt, options_.audit->append(std::move(entry)));
  return receipt.sequence;
}

Status TrainingRunImpl::run(std::function<void(const std::string& line)> event, CancelToken pause) {
  return guarded("train", job_.name, [&]() -> Status {
    RH_TRY(problems_);
    RH_ASSIGN(RunFolder folder, RunFolder::open(job_.output, options_.resume));
    folder.listen(std::move(event));
    RH_TRY(folder.keep_job(training_job_yaml(job_)));
    const auto begin = std::chrono::steady_clock::now();
    std::int64_t begun = 0;
    Json written = Json::object();  // also of a run that fails after it
    const auto train = [&]() -> Status {
      // Before the checkpoint is read: a resume that is refused is in the log, too.
      RH_ASSIGN(begun, log(audit_kind::training_started, options_.resume ? "resume" : "start", 0,
                           Json{{"data", {{"digest", "sha256:" + data_sha256_}}}, {"steps", loop_.steps()}, {"folder", folder.path()}}));
      if (options_.resume) RH_TRY(loop_.restore(folder));
      RH_TRY(folder.tell("start", Json{{"pid", ::getpid()}, {"step", loop_.step()}, {"steps", loop_.steps()}, {"report", report_value_}}));
      RH_TRY(loop_.run(folder, pause));
      return export_training(job_, opened_, loop_, folder, written, pause);
    };
    Status done = guarded("train", job_.name, train);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const bool paused = !done.ok() && done.error().code == ErrorCode::cancelled;
    Json extra = {{"step", loop_.step()}, {"steps", loop_.steps()}, {"seconds", seconds}};
    if (!written.empty()) extra["written"] = written;
    if (!done.ok() && !paused) extra["error"] = error_code_name(done.error().code);
    const auto logged = begun > 0 ? log(audit_kind::training, done.ok() ? "finished" : paused ? "paused" : "failed", begun, std::move(extra)) : Result<std::int64_t>(0);
    if (done.ok() && !logged.ok()) done = logged.error();
    Status told = Ok{};
    if (done.ok()) {
      const LoraAdapter& adapter = loop_.training().adapter();
      const char* const name = !adapter.modules.empty() ? "adapter" : !adapter.bottlenecks.empty() ? "adapter.safetensors" : nullptr;
      const std::string path = name ? (std::filesystem::path(folder.path()) / name).string() : std::string();  // of whole weights alone: none
      told = folder.tell("finished", Json{{"step", loop_.step()}, {"seconds", seconds}, {"adapter", path}}, true);
    } else if (paused) {
      told = folder.tell("paused", Json{{"step", loop_.step()}}, true);
    } else {
      told = folder.tell("failed", Json{{"step", loop_.step()}, {"error", error_json(done.error())}}, true);
    }
    if (!done.ok()) return done.error();
    return told;
  });
}

}  // namespace roundhouse
