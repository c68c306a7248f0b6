// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "app/cli/bench_measure.h"
#include "app/cli/json_text.h"
#include "app/cli/options.h"

namespace roundhouse::cli {
namespace {

struct BenchOptions : CommandOptions {
  ModelOptions model;
  BenchPlan plan;
};

Json series_json(const BenchSeries& series, std::uint64_t active_bytes) {
  return {{"tokens", series.tokens},
          {"tokens_per_s", series.median()},
          {"gb_per_s", series.median() * static_cast<double>(active_bytes) * 1e-9},
          {"spread", series.spread()},
          {"all_tokens_per_s", series.tokens_per_s}};
}

Result<int> run_bench_command(Cli& cli, const BenchOptions& options) {
  if (options.plan.prompt_tokens == 0 && options.plan.generated_tokens == 0) {
    return Error{ErrorCode::invalid_argument, read_argument, "-p and -n", "something to measure", "0 tokens of both"};
  }
  RH_ASSIGN(const auto model, cli.load(options.model, false));
  const int most = std::max(options.plan.prompt_tokens + 1, options.plan.generated_tokens + 8);
  if (most > model->context_tokens()) {
    return Error{ErrorCode::invalid_argument, read_argument, "-p and -n", fmt::format("a context of at most {} tokens", model->context_tokens()),
                 std::to_string(most)};
  }
  RH_ASSIGN(const BenchResult result, run_bench(*model, options.plan, cli.interrupt));
  const Engine& engine = *cli.engine();
  if (options.json) {
    Json json = {{"model", {{"name", model->info().name}, {"path", model->info().path}}},
                 {"processor", processor_description()},
                 {"isa", isa_name(engine.isa())},
                 {"threads", engine.threads()},
                 {"repetitions", options.plan.repetitions},
                 {"trace", options.plan.trace},
                 {"active_weight_bytes", result.active_bytes},
                 {"memory_bytes", model->memory_use().total_bytes()}};
    if (options.plan.prompt_tokens > 0) json["prompt"] = series_json(result.prompt, result.active_bytes);
    if (options.plan.generated_tokens > 0) json["generation"] = series_json(result.generation, result.active_bytes);
    RH_TRY(cli.out.write(to_text(json) + "\n"));
    return exit_ok;
  }
  std::vector<std::vector<std::string>> rows = {{"", "tokens", "tokens/s", "spread", "GB/s"}};
  const auto row = [&](const char* name, const BenchSeries& series) {
    rows.push_back({name, std::to_string(series.tokens), fmt::format("{:.1f}", series.median()), fmt::format("{:.1f} %", 100 * series.spread()),
                    fmt::format("{:.2f}", series.median() * static_cast<double>(result.active_bytes) * 1e-9)});
  };
  if (options.plan.prompt_tokens > 0) row("prompt", result.prompt);
  if (options.plan.generated_tokens > 0) row("generation", result.generation);
  RH_TRY(cli.out.write(fmt::format("{}; {} of weights for a token\n{}; {}, {} threads; median of {} after one to warm up\n",
                                   terminal_safe(model->info().name), bytes_text(result.active_bytes), processor_description(),
                                   isa_name(engine.isa()), engine.threads(), options.plan.repetitions) +
                       table_text(rows)));
  return exit_ok;
}

}  // namespace

void add_bench(CLI::App& root, Commands& commands) {
  auto& options = add_command<BenchOptions>(root, commands, "bench", "Measure a model's speed on this machine", &run_bench_command);
  options.app->add_option("-p,--prompt-tokens", options.plan.prompt_tokens, "Tokens of the prompt; 0: do not measure prompts [512]")->transform(whole_number(0, 1 << 24));
  options.app->add_option("-n,--generated-tokens", options.plan.generated_tokens, "Tokens to generate; 0: do not measure generation [64]")->transform(whole_number(0, 1 << 24));
  options.app->add_option("-r,--repetitions", options.plan.repetitions, "Measured rounds, after one to warm up; medians are shown [3]")->transform(whole_number(1, 1000));
  options.app->add_flag("--trace", options.plan.trace, "Record routing with all scores while measuring, as the window does");
  add_model_options(*options.app, options.model);
  options.app->footer(
      "Prompt: so many tokens evaluated in an empty context. Generation: greedy, one token after the other, in a context\n"
      "that begins empty. Spread: (fastest - slowest) / median. GB/s: tokens/s times the bytes of weights that one token\n"
      "uses as they are stored (all dense ones, and top-k of each routed layer's experts). In generation that is what has to\n"
      "be read from memory; in prompts many tokens share one read, and it only measures the work done.\n"
      "JSON: prompt.tokens_per_s, generation.tokens_per_s, .gb_per_s, .all_tokens_per_s. Nothing goes to the audit log.");
}

}  // namespace roundhouse::cli
