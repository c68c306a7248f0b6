// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/generation.h"
#include "app/cli/json_text.h"
#include "app/cli/options.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse::cli {
namespace {

struct GenerateOptions : CommandOptions {
  ModelOptions model;
  SamplingOptions sampling;
  RoutingOptions routing;
  std::optional<std::string> prompt;
  std::string system;
  bool raw = false;
};

Json token_json(const TokenEvent& event, const Tokenizer& tokenizer) {
  Json json = {{"id", event.id}, {"text", event.text}, {"logprob", event.logprob}, {"alternatives", Json::array()}};
  for (const TokenAlternative& other : event.alternatives) {
    json["alternatives"].push_back({{"id", other.id}, {"text", tokenizer.decode({other.id}, true).value_or("")}, {"logprob", other.logprob}});
  }
  return json;
}

Result<int> run_generate(Cli& cli, const GenerateOptions& options) {
  RH_ASSIGN(const std::string prompt, prompt_argument(cli, options.prompt));
  RH_TRY(require_utf8("--system", options.system));
  if (options.raw && !options.system.empty()) {
    return Error{ErrorCode::invalid_argument, read_argument, "--system", "no --raw (which uses no chat template)", "both"};
  }
  RH_ASSIGN(RoutingEdits edits, read_routing_options(options.routing));
  GenerationRequest request = request_for(prompt, options.system, options.raw);
  RH_ASSIGN(request.sampling, sampling_settings(options.sampling, options.model.model.empty()));
  RH_ASSIGN(const auto model, cli.load(options.model, true));
  SessionOptions session_options;
  session_options.trace = false;
  RH_ASSIGN(const auto session, start_session(*model, session_options));
  RH_TRY(apply_edits(*session, options.routing, std::move(edits)));

  const bool terminal = cli.out.is_terminal();
  char last = '\n';
  Json tokens = Json::array();
  auto result = generate(*session, std::move(request), cli.interrupt, [&](const TokenEvent& event) -> Status {
    if (options.json) {
      if (options.sampling.top_logprobs > 0 && event.position >= 0) tokens.push_back(token_json(event, model->tokenizer()));
      return Ok{};
    }
    if (event.text.empty()) return Ok{};
    last = event.text.back();
    return cli.out.write(terminal ? terminal_safe(event.text) : event.text);
  });
  if (!options.json && last != '\n') (void)cli.out.write("\n");
  if (!result.ok()) return std::move(result).error();
  if (options.json && (!result->error || result->finish == FinishReason::cancelled)) {
    Json json = generation_json(*result, *model);
    if (options.sampling.top_logprobs > 0) json["tokens"] = std::move(tokens);
    RH_TRY(cli.out.write(to_text(json) + "\n"));
  }
  for (const std::string& remark : remarks(*result)) cli.note(remark);
  if (result->error) return *result->error;
  if (cli.interrupt.came()) return cli.interrupt.exit_code();
  return exit_ok;
}

}  // namespace

void add_generate(CLI::App& root, Commands& commands) {
  auto& options = add_command<GenerateOptions>(root, commands, "generate", "Answer one prompt; the answer alone goes to standard output", &run_generate);
  options.app->add_option("PROMPT", options.prompt, "What to ask; - or nothing: read from standard input");
  options.app->add_option("--system", options.system, "System message");
  options.app->add_flag("--raw", options.raw, "Continue PROMPT as it is, without the chat template; special tokens in it are read");
  add_model_options(*options.app, options.model);
  add_sampling_options(*options.app, options.sampling);
  add_routing_options(*options.app, options.routing);
}

}  // namespace roundhouse::cli
