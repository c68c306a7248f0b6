// SPDX-License-Identifier: Apache-2.0
#include "engine/train/training_loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "engine/base/process_memory.h"
#include "engine/base/sha256.h"
#include "engine/train/job_settings.h"
#include "engine/train/sample_answers.h"
#include "engine/train/start_training.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse {

namespace {

constexpr std::size_t samples_shown = 3;      // best and worst of an evaluation
constexpr std::size_t sample_text_bytes = 300;
constexpr std::uint64_t stack_offset = 0, answer_offset = 1;  // from TrainingParts::first_id

double seconds_since(std::chrono::steady_clock::time_point begin) { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); }

Result<std::string> samples_digest(std::span<const TrainingSample> samples) {
  Sha256 digest;
  for (const TrainingSample& sample : samples) {
    const std::uint64_t length = sample.tokens.size();
    digest.update(std::as_bytes(std::span(&length, 1)));
    digest.update(std::as_bytes(std::span(sample.tokens)));
    std::string marks;
    for (const bool learned : sample.learned) marks += learned ? '1' : '0';
    digest.update(marks);
  }
  RH_ASSIGN(const Sha256Digest done, digest.finish());
  return to_hex(done);
}

// The beginning of a sample's text, whole characters.
std::string beginning_of(const TrainingSample& sample, const Tokenizer& tokenizer) {
  std::string text = tokenizer.decode(sample.tokens).value_or("");
  if (text.size() <= sample_text_bytes) return text;
  std::size_t end = sample_text_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

// Greedily, in the given order: as many samples together as their tokens allow, at least one.
std::vector<std::span<const TrainingSample>> split(std::span<const TrainingSample> samples, std::int64_t tokens) {
  std::vector<std::span<const TrainingSample>> parts;
  std::size_t first = 0;
  std::int64_t together = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto own = static_cast<std::int64_t>(samples[i].tokens.size());
    if (i > first && together + own > tokens) {
      parts.push_back(samples.subspan(first, i - first));
      first = i;
      together = 0;
    }
    together += own;
  }
  if (first < samples.size()) parts.push_back(samples.subspan(first));
  return parts;
}

std::int64_t learned_of(const TrainingSample& sample) {
  if (sample.learned.empty()) return static_cast<std::int64_t>(sample.tokens.size()) - 1;
  return std::count(sample.learned.begin() + 1, sample.learned.end(), true);
}

Json routing_json(const StepRouting& routing, const RoutingLayout& layout) {
  Json layers = Json::array(), counts = Json::array();
  for (const auto& layer : layout.layers) layers.push_back(layer.layer);
  for (const auto& of_layer : routing.counts) counts.push_back(of_layer);
  return {{"layers", layers}, {"counts", counts}};
}

}  // namespace

TrainingLoop::TrainingLoop(const TrainingJob& job, TrainingParts parts, LoraTraining training, SampleOrder order, Schedule schedule)
    : job_(job), parts_(std::move(parts)), training_(std::move(training)), order_(order), schedule_(schedule), optimiser_(adamw_settings_of(job)) {}

Result<TrainingLoop> TrainingLoop::create(const TrainingJob& job, TrainingParts parts) {
  if (parts.train.empty()) return Error{ErrorCode::invalid_argument, "plan training", "data", "a sample to learn from", "none"};
  SampleOrder order(static_cast<std::int64_t>(parts.train.size()), job.steps.samples, job.seed);
  const Schedule schedule = schedule_of(job, job.steps.steps > 0 ? job.steps.steps : order.steps_of(job.steps.epochs));
  RH_TRY(schedule.check());
  RH_ASSIGN(LoraTraining training, start_training(job, parts.model, *parts.backend->backend, parts.first_id + stack_offset, parts.activation_bytes, parts.train));
  TrainingLoop loop(job, std::move(parts), std::move(training), order, schedule);
  loop.identity_.model_sha256 = loop.parts_.model_sha256;
  RH_ASSIGN(loop.identity_.data_sha256, samples_digest(loop.parts_.train));
  loop.identity_.plan = numeric_plan_of(job, schedule.steps);
  return loop;
}

std::int64_t TrainingLoop::tokens() const {
  const auto all = std::accumulate(parts_.train.begin(), parts_.train.end(), std::int64_t{0}, [](std::int64_t sum, const TrainingSample& sample) { return sum + static_cast<std::int64_t>(sample.tokens.size()); });
  const double mean = static_cast<double>(all) / static_cast<double>(parts_.train.size());
  return static_cast<std::int64_t>(mean * static_cast<double>(job_.steps.samples * schedule_.steps));
}

Result<std::int64_t> TrainingLoop::restore(const RunFolder& folder) {
  const auto parameters = training_.parameters();
  RH_ASSIGN(auto restored, CheckpointFolder(folder.path()).restore(parameters, identity_));
  if (!restored) return std::int64_t{0};
  RH_TRY(optimiser_.restore(std::move(restored->moments), parameters));
  RH_TRY(training_.updated());
  step_ = kept_ = restored->step;
  return step_;
}

Result<std::vector<TrainingBatch>> TrainingLoop::batches_of(std::span<const TrainingSample> samples, std::int32_t adapter) const {
  std::vector<TrainingBatch> batches;
  for (const auto part : split(samples, job_.steps.batch_tokens)) {
    RH_ASSIGN(TrainingBatch batch, TrainingBatch::pack(part, parts_.model->spec(), adapter));
    batches.push_back(std::move(batch));
  }
  return batches;
}

Status TrainingLoop::take_step(RunFolder& folder) {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<TrainingSample> samples;
  for (const std::int64_t index : order_.step(step_)) samples.push_back(parts_.train[static_cast<std::size_t>(index)]);
  RH_ASSIGN(const std::vector<TrainingBatch> batches, batches_of(samples, 0));
  std::int64_t learned = 0, tokens = 0;
  for (const TrainingBatch& batch : batches) {
    learned += batch.learned_tokens();
    tokens += batch.batch().rows;
  }
  training_.clear_gradients();
  double loss = 0.0;
  for (const TrainingBatch& batch : batches) {
    const double share = static_cast<double>(batch.learned_tokens()) / static_cast<double>(learned);
    RH_ASSIGN(const double own, training_.add_gradients(batch, share));
    loss += share * own;
  }
  const std::vector<Parameter> parameters = training_.parameters();
  const double norm = gradient_norm(parameters);
  if (!std::isfinite(loss) || !std::isfinite(norm)) {
    return Error{ErrorCode::limit, "train", "step " + std::to_string(step_ + 1), "a finite loss and gradient (a lower learning rate helps)",
                 "loss " + std::to_string(loss) + ", gradient " + std::to_string(norm)};
  }
  const double rate = schedule_.rate(step_);
  const double clip = job_.optimizer.clip > 0.0 && norm > job_.optimizer.clip ? job_.optimizer.clip / norm : 1.0;
  optimiser_.step(parameters, rate, clip);
  training_.step_biases();
  RH_TRY(training_.updated());
  ++step_;
  const double seconds = seconds_since(begin);
  const ProcessMemory memory = process_memory();
  Json event = {{"step", step_},
                {"steps", schedule_.steps},
                {"loss", loss},
                {"gradient_norm", norm},
                {"learning_rate", job_.optimizer.learning_rate * rate},
                {"tokens", tokens},
                {"learned_tokens", learned},
                {"seconds", seconds},
                {"tokens_per_s", static_cast<double>(tokens) / std::max(seconds, 1e-9)},
                {"memory_bytes", memory.resident_bytes},
                {"peak_memory_bytes", memory.peak_bytes}};
  const StepRouting& routing = training_.routing();
  if (job_.router.balance != TrainingJob::Balance::none) event["balance_loss"] = routing.balance_loss;
  if (job_.router.z_weight > 0.0) event["z_loss"] = routing.z_loss;
  if (!routing.counts.empty()) event["routing"] = routing_json(routing, parts_.model->spec().routing_layout());
  return folder.tell("step", std::move(event));
}

Status TrainingLoop::evaluate(RunFolder& folder) {
  const auto begin = std::chrono::steady_clock::now();
  const std::span<const TrainingSample> samples = parts_.evaluation;
  const auto routed = static_cast<std::int32_t>(parts_.model->spec().routing_layout().layers.size());
  if (base_experts_.empty() && routed > 0) {
    RH_ASSIGN(const auto plain, batches_of(samples, -1));
    for (const TrainingBatch& batch : plain) {
      RH_ASSIGN(auto evaluated, training_.evaluate(batch));
      base_experts_.push_back(std::move(evaluated.experts));
    }
  }
  RH_ASSIGN(const auto batches, batches_of(samples, 0));
  std::vector<double> losses, drift(static_cast<std::size_t>(routed));
  double sum = 0.0, rows = 0.0;
  std::int64_t learned = 0;
  for (std::size_t b = 0; b < batches.size(); ++b) {
    RH_ASSIGN(const auto evaluated, training_.evaluate(batches[b]));
    auto token = evaluated.losses.begin();
    while (token != evaluated.losses.end()) {
      const std::int64_t own = learned_of(samples[losses.size()]);
      const double of_sample = std::accumulate(token, token + own, 0.0);
      token += own;
      sum += of_sample;
      learned += own;
      losses.push_back(of_sample / static_cast<double>(own));
    }
    if (routed == 0) continue;
    const double weight = batches[b].batch().rows;
    const std::vector<double> of_batch = routing_drift(base_experts_[b], evaluated.experts, routed, evaluated.k);
    for (std::size_t layer = 0; layer < drift.size(); ++layer) drift[layer] += weight * of_batch[layer];
    rows += weight;
  }
  for (double& of_layer : drift) of_layer /= std::max(rows, 1.0);
  std::vector<std::size_t> ranked(losses.size());
  std::iota(ranked.begin(), ranked.end(), std::size_t{0});
  std::stable_sort(ranked.begin(), ranked.end(), [&](std::size_t a, std::size_t b) { return losses[a] < losses[b]; });
  const auto shown = [&](std::size_t index) {
    return Json{{"sample", index}, {"loss", losses[index]}, {"text", beginning_of(samples[index], *parts_.text.tokenizer)}};
  };
  Json best = Json::array(), worst = Json::array();
  for (std::size_t i = 0; i < std::min(samples_shown, ranked.size()); ++i) {
    best.push_back(shown(ranked[i]));
    worst.push_back(shown(ranked[ranked.size() - 1 - i]));
  }
  const double loss = sum / static_cast<double>(learned);
  return folder.tell("evaluation", Json{{"step", step_},
                                        {"loss", loss},
                                        {"perplexity", std::exp(loss)},
                                        {"tokens", learned},
                                        {"seconds", seconds_since(begin)},
                                        {"drift", drift},
                                        {"best", best},
                                        {"worst", worst}});
}

Status TrainingLoop::answer(RunFolder& folder) {
  std::shared_ptr<const TextModel> model = parts_.model;
  const bool own_weights = !training_.whole().entries.empty();
  if (own_weights) {
    RH_ASSIGN(model, update_weights(model, overlay_updates(*model, training_.whole())));
  }
  RH_ASSIGN(const auto answers, sample_answers(job_.evaluation.prompts, static_cast<std::int32_t>(job_.evaluation.answer_tokens), model, own_weights,
                                               &training_.adapter(), parts_.backend, parts_.first_id + answer_offset, parts_.text));
  Json list = Json::array();
  for (const SampleAnswer& each : answers) list.push_back({{"prompt", each.prompt}, {"answer", each.answer}});
  return folder.tell("answers", Json{{"step", step_}, {"answers", list}});
}

Status TrainingLoop::keep(RunFolder& folder) {
  if (kept_ == step_) return Ok{};
  RH_ASSIGN(const std::string path, CheckpointFolder(folder.path()).write(step_, training_.parameters(), optimiser_.state(), identity_, job_.checkpoint.keep));
  kept_ = step_;
  return folder.tell("checkpoint", Json{{"step", step_}, {"path", path}}, true);
}

Status TrainingLoop::run(RunFolder& folder, const CancelToken& pause) {
  const std::int64_t every = job_.evaluation.every > 0 ? job_.evaluation.every : std::max<std::int64_t>(1, (schedule_.steps + 9) / 10);
  const auto judge = [&]() -> Status {
    if (!parts_.evaluation.empty()) RH_TRY(evaluate(folder));
    if (!job_.evaluation.prompts.empty() && !pause.cancelled()) RH_TRY(answer(folder));
    return Ok{};
  };
  // After a kill or a pause the evaluation of this step may be missing: it is made again.
  if (step_ == 0 || step_ % every == 0 || step_ == schedule_.steps) RH_TRY(judge());
  while (step_ < schedule_.steps) {
    if (pause.cancelled()) {
      RH_TRY(keep(folder));
      return Error{ErrorCode::cancelled, "train", "step " + std::to_string(step_), {}, "a pause"};
    }
    RH_TRY(take_step(folder));
    // The checkpoint first: what an evaluation fails of loses nothing.
    if (step_ % job_.checkpoint.every == 0 || step_ == schedule_.steps) RH_TRY(keep(folder));
    if (step_ % every == 0 || step_ == schedule_.steps) RH_TRY(judge());
  }
  return Ok{};
}

}  // namespace roundhouse
