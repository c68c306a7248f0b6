// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/cli/cli_options.h"
#include "app/cli/commands.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse::cli {

namespace {

struct BenchOptions {
  CommonOptions common;
  int prompt = 512, generate = 64, runs = 3;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

int bench(const BenchOptions& options) {
  CommonOptions common = options.common;
  common.no_audit = true;
  const auto loaded = load(common);
  if (!loaded.ok()) return report(loaded.error(), common.json);
  const ModelInfo& info = loaded->model->info();
  // Words of many different tokens: random text would be as good for a dense model, but experts must differ too.
  std::string text;
  for (std::int32_t id = 0, taken = 0; taken < options.prompt * 2 && id < info.vocabulary; id += 37) {
    if (loaded->model->tokenizer().token_type(id) != TokenType::normal) continue;
    text += loaded->model->tokenizer().token_bytes(id);
    ++taken;
  }
  std::vector<double> prompt_speed, generation_speed;
  std::int32_t evaluated = 0;
  for (int run = 0; run <= options.runs; ++run) {
    const auto session = loaded->model->create_session({});
    if (!session.ok()) return report(session.error(), common.json);
    GenerationRequest request;
    const auto ids = loaded->model->tokenizer().encode(text);
    if (!ids.ok()) return report(ids.error(), common.json);
    std::vector<TokenId> wanted(ids->begin(), ids->begin() + std::min<std::ptrdiff_t>(options.prompt, static_cast<std::ptrdiff_t>(ids->size())));
    std::string prompt;
    for (const TokenId id : wanted) prompt += loaded->model->tokenizer().token_bytes(id);
    request.raw_prompt = prompt;
    request.sampling.temperature = 0;
    request.sampling.max_tokens = options.generate;
    request.sampling.ignore_end_tokens = true;
    const auto result = (*session)->generate_and_wait(std::move(request));
    if (!result.ok()) return report(result.error(), common.json);
    if (result->error) return report(*result->error, common.json);
    evaluated = result->stats.evaluated_tokens;
    if (run == 0) continue;  // warms caches and pages
    prompt_speed.push_back(result->stats.prompt_tokens_per_s());
    generation_speed.push_back(result->stats.generation_tokens_per_s());
  }
  const double prompt = median(prompt_speed), generation = median(generation_speed);
  // Bytes of weights that one generated token reads, as stored: all dense ones and the chosen experts'.
  double bytes = static_cast<double>(info.dense_bytes);
  for (const RoutedLayer& l : info.routing.layers) {
    bytes += static_cast<double>(info.expert_bytes) / static_cast<double>(info.routing.layers.size()) * l.top_k / l.experts;
  }
  const double gb = generation * bytes * 1e-9;
  if (common.json) {
    const nlohmann::json out = {{"model", info.name}, {"isa", isa_name(loaded->engine->isa())}, {"threads", loaded->engine->threads()},
                                {"processor", processor_description()}, {"runs", options.runs},
                                {"prompt", {{"tokens", evaluated}, {"tokens_per_s", prompt}}},
                                {"generation", {{"tokens", options.generate}, {"tokens_per_s", generation}, {"gb_per_s", gb}}}};
    print(out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    return exit_ok;
  }
  char line[512];
  std::snprintf(line, sizeof line, "%s, %s, %d threads, %s\n%-12s %8s %12s %8s\n%-12s %8d %12.1f %8s\n%-12s %8d %12.1f %8.2f\n", info.name.c_str(),
                isa_name(loaded->engine->isa()), loaded->engine->threads(), processor_description().c_str(), "", "tokens", "tokens/s", "GB/s",
                "prompt", evaluated, prompt, "", "generation", options.generate, generation, gb);
  print(line);
  return exit_ok;
}

}  // namespace

void add_bench(CLI::App& app, Run& run) {
  auto options = std::make_shared<BenchOptions>();
  auto* command = app.add_subcommand("bench", "prompt and generation speed: medians after a warm-up; GB/s counts the bytes of weights a token reads");
  add_common(*command, options->common);
  command->add_option("-p,--prompt", options->prompt, "prompt tokens")->capture_default_str()->check(CLI::Range(1, 1 << 20));
  command->add_option("-n,--generate", options->generate, "generated tokens")->capture_default_str()->check(CLI::Range(2, 1 << 20));
  command->add_option("-r,--runs", options->runs, "counted runs")->capture_default_str()->check(CLI::Range(1, 1000));
  command->callback([options, &run] { run = [options] { return bench(*options); }; });
}

}  // namespace roundhouse::cli
