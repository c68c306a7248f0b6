// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/training_report.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "engine/train/job_fields.h"

namespace roundhouse {

namespace {

std::string group_of(const std::string& weight) {
  for (const char* group : {"experts", "shared", "dense", "router"}) {
    if (weight.find(std::string(".") + group + ".") != std::string::npos || weight.ends_with(std::string(".") + group)) return group;
  }
  return "attention";
}

}  // namespace

Json trained_json(const TrainingJob& job, LoraTraining& training, std::uint64_t model_parameters) {
  struct Group {
    std::int64_t modules = 0, parameters = 0;
  };
  std::map<std::string, Group> groups;
  Json modules = Json::array();
  const LoraAdapter& adapter = training.adapter();
  for (const LoraModule& module : adapter.modules) {
    const std::int64_t trained = module.trained_experts.empty() ? module.experts : static_cast<std::int64_t>(module.trained_experts.size());
    const std::int64_t parameters = module.parameters() / module.experts * trained;
    Json weights = Json::array();
    for (const LoraModule::Target& target : module.targets) weights.push_back(target.weight);
    Group& group = groups[group_of(module.targets.front().weight)];
    ++group.modules;
    group.parameters += parameters;
    modules.push_back({{"name", module.name}, {"weights", weights}, {"rank", module.rank}, {"experts", module.experts}, {"trained_experts", trained}, {"parameters", parameters}});
  }
  const auto add = [&](const std::string& group, const std::string& name, std::int64_t rank, std::int64_t experts, std::int64_t trained, std::int64_t count) {
    ++groups[group].modules;
    groups[group].parameters += count;
    modules.push_back({{"name", name}, {"weights", Json::array({name})}, {"rank", rank}, {"experts", experts}, {"trained_experts", trained}, {"parameters", count}});
  };
  for (const BottleneckModule& module : adapter.bottlenecks) {
    add("bottlenecks", "layers." + std::to_string(module.layer) + ".bottleneck", module.width, 1, 1, module.parameters());
  }
  for (const WeightOverlay::Entry& entry : training.whole().entries) {
    const auto experts = static_cast<std::int64_t>(entry.experts.size());
    const bool router = experts == 0;
    add(router ? "router" : "experts", entry.weight, 0, router ? 1 : experts, router ? 1 : experts, static_cast<std::int64_t>(entry.values.size()));
  }
  std::uint64_t parameters = 0;
  for (const Parameter& parameter : training.parameters()) parameters += parameter.value.size();
  Json list = Json::array();
  for (const auto& [name, group] : groups) list.push_back({{"name", name}, {"modules", group.modules}, {"parameters", group.parameters}});
  return {{"method", enum_name(job.adapter.method)},
          {"groups", list},
          {"modules", modules},
          {"parameters", parameters},
          {"model_parameters", model_parameters},
          {"share", static_cast<double>(parameters) / static_cast<double>(std::max<std::uint64_t>(model_parameters, 1))},
          {"adapter_bytes", static_cast<std::uint64_t>(adapter.parameters()) * sizeof(float)}};
}

Json router_json(const TrainingJob& job) {
  return {{"trained", job.router.train},
          {"balance", enum_name(job.router.balance)},
          {"balance_weight", job.router.balance == TrainingJob::Balance::none ? 0.0 : job.router.balance_weight},
          {"z_weight", job.router.z_weight},
          {"bias_rate", job.router.bias_rate}};
}

Result<TrainingProbe> probe_training(TrainingLoop& loop) {
  constexpr std::int64_t enough_tokens = 96;
  std::vector<TrainingSample> samples;
  std::int64_t tokens = 0;
  for (const std::int64_t index : loop.first_indices()) {
    if (tokens >= enough_tokens) break;
    samples.push_back(loop.parts().train[static_cast<std::size_t>(index)]);
    tokens += static_cast<std::int64_t>(samples.back().tokens.size());
  }
  RH_ASSIGN(const TrainingBatch batch, TrainingBatch::pack(samples, loop.parts().model->spec(), 0));
  const auto begin = std::chrono::steady_clock::now();
  RH_TRY(loop.training().add_gradients(batch, 0.0));
  loop.training().clear_gradients();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return TrainingProbe{seconds / static_cast<double>(tokens), loop.parts().backend->backend->workspace_bytes() / static_cast<std::uint64_t>(tokens)};
}

TrainingPrediction predict_training(const TrainingJob& job, TrainingLoop& loop, std::uint64_t weights_bytes, const TrainingProbe& probe) {
  std::uint64_t parameters = 0;
  for (const Parameter& parameter : loop.training().parameters()) parameters += parameter.value.size();
  // Value, its copy beside the weights, gradient, and two moments.
  const std::uint64_t moments = job.optimizer.moments == TrainingJob::Moments::int8 ? 2 : 8;
  std::int64_t step_tokens = 0;
  for (const std::int64_t index : loop.first_indices()) step_tokens += static_cast<std::int64_t>(loop.parts().train[static_cast<std::size_t>(index)].tokens.size());
  const auto rows = static_cast<std::uint64_t>(std::max<std::int64_t>(1, std::min(step_tokens, job.steps.batch_tokens)));
  constexpr std::uint64_t program = std::uint64_t{60} << 20;  // libraries, tokenizer, buffers of threads
  TrainingPrediction prediction;
  prediction.memory_bytes = program + weights_bytes + parameters * (12 + moments) + std::min(rows * probe.token_bytes, 2 * loop.parts().activation_bytes);
  prediction.seconds = probe.token_s * static_cast<double>(loop.tokens());
  return prediction;
}

}  // namespace roundhouse
