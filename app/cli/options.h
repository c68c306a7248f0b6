// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/argument_error.h"
#include "app/cli/cli.h"
#include "app/cli/routing_options.h"
#include "roundhouse/sampling.h"

namespace roundhouse::cli {

// One subcommand: what it is called by and what it does.
struct Command {
  CLI::App* app = nullptr;
  std::function<Result<int>(Cli&)> run;
  const bool* json = nullptr;
};
using Commands = std::vector<Command>;

// Adds a subcommand with its --json flag. The options object lives as long as the parser.
template <class Options>
Options& add_command(CLI::App& root, Commands& commands, const std::string& name, const std::string& description,
                     Result<int> (*run)(Cli&, const Options&)) {
  CLI::App* app = root.add_subcommand(name, description);
  const auto options = std::make_shared<Options>();
  app->add_flag("--json", options->json, "Write one JSON value (for chat: one an answer)");
  commands.push_back({app, [options, run](Cli& cli) { return run(cli, *options); }, &options->json});
  options->app = app;
  return *options;
}

struct CommandOptions {
  CLI::App* app = nullptr;
  bool json = false;
};

// Checks of an argument's text, which say what they expect and what they found. Numbers are decimal; none is not 0.
CLI::Validator whole_number(std::int64_t least, std::int64_t most);
CLI::Validator seed_number();  // 0 to 2^64 - 1
CLI::Validator real_number();  // finite

void add_model_option(CLI::App& app, ModelOptions& options);   // --model alone
void add_model_options(CLI::App& app, ModelOptions& options);

// Sampling as given; what is not given comes from the settings below.
struct SamplingOptions {
  std::optional<float> temperature, top_p, min_p, typical_p, repetition_penalty, frequency_penalty, presence_penalty;
  std::optional<int> top_k, penalty_window;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> stop;
  int max_tokens = -1;
  int top_logprobs = 0;
};
void add_sampling_options(CLI::App& app, SamplingOptions& options);
// For the embedded model the settings that its card recommends (temperature 0.4, top-p 0.9, repetition penalty 1.1), for
// others SamplingSettings' own; then what was given. An argument_error() when out of range.
Result<SamplingSettings> sampling_settings(const SamplingOptions& options, bool embedded_model);

void add_routing_options(CLI::App& app, RoutingOptions& options);

// The argument, or standard input when it is absent or "-"; UTF-8 and not empty.
Result<std::string> text_argument(Cli& cli, const std::string& what, const std::optional<std::string>& given);
// The same for PROMPT, which must hold more than blanks.
Result<std::string> prompt_argument(Cli& cli, const std::optional<std::string>& given);

// Each adds its subcommand (command_*.cpp).
void add_generate(CLI::App& root, Commands& commands);
void add_chat(CLI::App& root, Commands& commands);
void add_inspect(CLI::App& root, Commands& commands);
void add_export(CLI::App& root, Commands& commands);
void add_tokenize(CLI::App& root, Commands& commands);
void add_trace(CLI::App& root, Commands& commands);
void add_bench(CLI::App& root, Commands& commands);
void add_audit(CLI::App& root, Commands& commands);
void add_plugins(CLI::App& root, Commands& commands);
void add_eval(CLI::App& root, Commands& commands);
void add_import(CLI::App& root, Commands& commands);
void add_train(CLI::App& root, Commands& commands);

}  // namespace roundhouse::cli
