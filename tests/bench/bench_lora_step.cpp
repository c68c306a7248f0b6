// SPDX-License-Identifier: Apache-2.0
// Time and memory of a LoRA training step on random tokens, adapters beside every weight that may have one:
//   build/release/tests/bench/bench_lora_step MODEL.gguf [isa] [threads] [steps] [rank] [samples] [tokens] [kept MiB] [bfloat16]
// Products are counted as the step needs them: forward and towards the input for every weight, three ways for adapters; what
// is made twice counts once.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "engine/cpu/create_backend.h"
#include "engine/model/model_builder.h"
#include "engine/model/source_formats.h"
#include "engine/train/adamw.h"
#include "engine/train/lora_plan.h"
#include "engine/train/lora_training.h"

namespace {

using namespace roundhouse;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

rusage usage() {
  rusage value{};
  getrusage(RUSAGE_SELF, &value);
  return value;
}

double cpu_seconds() {
  const rusage now = usage();
  return static_cast<double>(now.ru_utime.tv_sec + now.ru_stime.tv_sec) + 1e-6 * static_cast<double>(now.ru_utime.tv_usec + now.ru_stime.tv_usec);
}

template <class T>
T must(Result<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.error().message().c_str());
    std::exit(1);
  }
  return std::move(result).value();
}

// Floating-point operations of all products of a step.
double operations(const TextModel& model, const LoraAdapter& adapter, double rows, double length) {
  const auto places = [&](const std::string& weight) {
    return weight.find(".experts.") == std::string::npos ? rows : rows * model.spec().layers[static_cast<std::size_t>(adaptable_layer(weight))].router.top_k;
  };
  double sum = 0.0;
  for (const Weight& w : model.weights().all()) {
    if (adaptable_weight(model.weights(), w.name)) sum += 4.0 * places(w.name) * static_cast<double>(w.rows * w.cols);
  }
  for (const LoraModule& module : adapter.modules) {
    const double each = 6.0 * places(module.targets.front().weight) * static_cast<double>(module.rank);
    sum += each * static_cast<double>(module.cols);
    for (const LoraModule::Target& target : module.targets) sum += each * static_cast<double>(target.rows);
  }
  for (const LayerSpec& layer : model.spec().layers) {  // scores and sums over values; causal: half of them
    sum += 3.0 * rows * length * layer.attention.heads * (layer.attention.key_dim + layer.attention.value_dim);
  }
  return sum + 4.0 * rows * static_cast<double>(model.spec().vocabulary) * static_cast<double>(model.spec().width);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: %s MODEL [isa] [threads] [steps] [rank] [samples] [tokens] [kept MiB] [bfloat16]\n", argv[0]), 2;
  const auto number = [&](int at, int otherwise) { return argc > at ? std::atoi(argv[at]) : otherwise; };
  const Isa isa = argc > 2 ? must(parse_isa(argv[2])) : available_isas().back();
  const int threads = number(3, 2), steps = number(4, 5), rank = number(5, 16), count = number(6, 8), length = number(7, 256);
  BuiltModel built = must(build_model(must(open_gguf_source(argv[1]))));
  const ProductPrecision precision = argc > 9 && std::string(argv[9]) == "bfloat16" ? ProductPrecision::bfloat16 : ProductPrecision::float32;
  const auto backend = must(create_training_backend(isa, threads, {}, precision));
  for (const Weight& weight : built.weights.all()) must(backend->prepare(1, weight));
  const auto model = std::make_shared<const TextModel>(std::move(built.spec), std::move(built.weights));
  LoraPlan plan;
  plan.rank = rank;
  LoraTraining::Options options;
  if (argc > 8) options.activation_bytes = std::strtoull(argv[8], nullptr, 10) << 20;
  LoraTraining training = must(LoraTraining::create(model, *backend, 2, must(plan_lora(*model, plan, "bench")), options));
  std::mt19937 random(1);
  std::vector<TrainingSample> samples(static_cast<std::size_t>(count));
  for (TrainingSample& sample : samples) {
    for (int i = 0; i < length; ++i) sample.tokens.push_back(static_cast<std::int32_t>(random() % static_cast<unsigned>(model->spec().vocabulary)));
  }
  const TrainingBatch batch = must(TrainingBatch::pack(samples, model->spec(), 0));
  AdamW optimiser({.learning_rate = 1e-3});
  std::vector<double> times, busy;
  for (int step = 0; step < steps; ++step) {
    const double start = seconds(), cpu = cpu_seconds();
    training.clear_gradients();
    const double loss = must(training.add_gradients(batch));
    const double norm = gradient_norm(training.parameters());
    optimiser.step(training.parameters(), 1.0, std::min(1.0, 1.0 / norm));
    must(training.updated());
    times.push_back(seconds() - start);
    busy.push_back(cpu_seconds() - cpu);
    std::printf("step %d: %.3f s (%.3f s of processors), loss %.5f, gradient norm %.5f\n", step + 1, times.back(), busy.back(), loss, norm);
    std::fflush(stdout);
  }
  std::sort(times.begin(), times.end());
  std::sort(busy.begin(), busy.end());
  const double median = times[times.size() / 2], flops = operations(*model, training.adapter(), 1.0 * count * length, length);
  std::printf("%s, %d threads, rank %d, %d x %d tokens: median %.3f s a step (%.3f s of processors), %.0f tokens/s, %.1f GFLOP/s of %.0f GFLOP in products, peak %.2f GB\n",
              backend->name().c_str(), threads, rank, count, length, median, busy[busy.size() / 2], count * length / median, flops / median * 1e-9, flops * 1e-9, static_cast<double>(usage().ru_maxrss) * 1024e-9);
}
