// SPDX-License-Identifier: Apache-2.0
#include "engine/train/start_training.h"

#include <iterator>
#include <string>
#include <utility>

#include "engine/train/expert_choice.h"
#include "engine/train/job_fields.h"
#include "engine/train/job_settings.h"
#include "engine/train/lora_plan.h"

namespace roundhouse {

namespace {

constexpr std::int64_t scored_tokens = 1 << 16, tokens_together = 2048;  // of the samples that experts are scored on

// Runs the base model over the first samples.
Result<ExpertChoice> score_experts(const TrainingJob& job, const std::shared_ptr<const TextModel>& model, Backend& backend, std::uint64_t id,
                                   std::span<const TrainingSample> samples) {
  RH_ASSIGN(LoraTraining base, LoraTraining::create(model, backend, id, LoraAdapter{}));
  ExpertScores scores(model->spec().routing_layout());
  std::int64_t tokens = 0;
  for (std::size_t first = 0; first < samples.size() && tokens < scored_tokens;) {
    std::size_t last = first;
    std::int64_t together = 0;
    do {
      together += static_cast<std::int64_t>(samples[last++].tokens.size());
    } while (last < samples.size() && together + static_cast<std::int64_t>(samples[last].tokens.size()) <= tokens_together);
    RH_ASSIGN(const TrainingBatch batch, TrainingBatch::pack(samples.subspan(first, last - first), model->spec()));
    RH_ASSIGN(const auto evaluated, base.evaluate(batch));
    scores.add(batch.batch(), evaluated.experts, evaluated.weights, evaluated.k);
    tokens += together;
    first = last;
  }
  return scores.choose(job.adapter.expert_score == TrainingJob::ExpertScore::gate, job.adapter.expert_threshold);
}

void append(WeightOverlay& to, WeightOverlay from) {
  to.entries.insert(to.entries.end(), std::make_move_iterator(from.entries.begin()), std::make_move_iterator(from.entries.end()));
}

}  // namespace

Result<LoraTraining> start_training(const TrainingJob& job, const std::shared_ptr<const TextModel>& model, Backend& backend, std::uint64_t id,
                                    std::uint64_t activation_bytes, std::span<const TrainingSample> samples) {
  const auto refuse = [](std::string what, std::string expected, std::string received) {
    return Error{ErrorCode::unsupported, "plan training", std::move(what), std::move(expected), std::move(received)};
  };
  const bool routed = !model->spec().routing_layout().layers.empty();
  const bool routing = job.router.train || job.router.balance != TrainingJob::Balance::none || job.router.z_weight > 0.0 || job.router.bias_rate > 0.0;
  if (!routed && (routing || job.adapter.method == TrainingJob::Method::experts || job.adapter.expert_score != TrainingJob::ExpertScore::none)) {
    return refuse("router and experts", "a model with routed experts", "a dense model");
  }
  LoraPlan plan = lora_plan_of(job);
  if (job.adapter.expert_score != TrainingJob::ExpertScore::none) {
    RH_ASSIGN(plan.experts, score_experts(job, model, backend, id, samples));
  }
  LoraTrainingOptions options;
  options.activation_bytes = activation_bytes;
  options.b_rate = job.adapter.learning_rate_ratio;
  options.bias_rate = job.router.bias_rate;
  options.router_losses.balance = job.router.balance == TrainingJob::Balance::none ? 0.0f : static_cast<float>(job.router.balance_weight);
  options.router_losses.per_sequence = job.router.balance == TrainingJob::Balance::sequence;
  options.router_losses.z = static_cast<float>(job.router.z_weight);
  if (job.router.train || job.router.bias_rate > 0.0) {
    RH_ASSIGN(options.whole, whole_routers(*model, job.router.train, job.router.bias_rate > 0.0));
  }
  LoraAdapter adapter;
  adapter.name = job.name;
  switch (job.adapter.method) {
    case TrainingJob::Method::lora:
    case TrainingJob::Method::dora: {
      RH_ASSIGN(adapter, plan_lora(*model, plan, job.name));
      break;
    }
    case TrainingJob::Method::experts: {
      RH_ASSIGN(WeightOverlay experts, whole_experts(*model, plan.experts));
      append(options.whole, std::move(experts));
      break;
    }
    case TrainingJob::Method::bottleneck: {
      RH_ASSIGN(adapter, plan_bottlenecks(*model, plan, job.name));
      break;
    }
  }
  return LoraTraining::create(model, backend, id, std::move(adapter), std::move(options));
}

}  // namespace roundhouse
