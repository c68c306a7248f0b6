// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "app/cli/cli_options.h"
#include "app/cli/commands.h"
#include "app/cli/interrupt.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse::cli {

namespace {

using Json = nlohmann::json;

struct GenerateOptions {
  CommonOptions common;
  SamplingFlags sampling;
  EditFlags edits;
  std::string prompt, system;
  bool raw = false;
};

Json result_json(const Model& model, const GenerationResult& result, const std::vector<TokenEvent>& events) {
  const GenerationStats& s = result.stats;
  Json tokens = Json::array();
  for (const TokenEvent& event : events) {
    if (event.position < 0) continue;
    Json token = {{"id", event.id}, {"text", std::string(model.tokenizer().token_bytes(event.id))}, {"position", event.position}, {"logprob", event.logprob}};
    for (const TokenAlternative& a : event.alternatives) {
      token["top"].push_back({{"id", a.id}, {"text", std::string(model.tokenizer().token_bytes(a.id))}, {"logprob", a.logprob}});
    }
    tokens.push_back(std::move(token));
  }
  return {{"text", result.text}, {"finish", finish_reason_name(result.finish)}, {"seed", result.seed}, {"tokens", tokens},
          {"edits", result.edits.empty() ? Json() : Json::parse(result.edits.to_json())}, {"audit_entry", result.audit_entry},
          {"prompt", {{"tokens", s.prompt_tokens}, {"reused", s.reused_tokens}, {"evaluated", s.evaluated_tokens}, {"tokens_per_s", s.prompt_tokens_per_s()}, {"dropped_messages", s.dropped_messages}}},
          {"generation", {{"tokens", s.generated_tokens}, {"tokens_per_s", s.generation_tokens_per_s()}, {"first_token_s", static_cast<double>(s.first_token_ns) * 1e-9}}},
          {"context", {{"used", s.context_used_tokens}, {"size", s.context_tokens}}}};
}

std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

// Runs one answer, streaming it; what went wrong is reported. Sets `text` to the answer.
int answer(const std::shared_ptr<Session>& session, const Model& model, GenerationRequest request, bool json, std::string* text) {
  std::vector<TokenEvent> events;
  bool reader_gone = false;
  InterruptGuard guard(session);
  const auto result = session->generate_and_wait(std::move(request), [&](const TokenEvent& event) {
    if (json) events.push_back(event);
    else if (!event.text.empty() && !reader_gone && !print(event.text)) {
      reader_gone = true;
      session->cancel();
    }
  });
  if (!result.ok()) return report(result.error(), json);
  if (json) print(dump(result_json(model, *result, events)));
  else print("\n");
  if (text) *text = result->text;
  if (result->error) return report(*result->error, false);
  if (result->stats.dropped_messages > 0) {
    std::cerr << "roundhouse-cli: the context is full; the oldest " << result->stats.dropped_messages << " messages were left out\n";
  }
  if (result->finish == FinishReason::context_full) std::cerr << "roundhouse-cli: the answer ended because the context is full\n";
  if (guard.interrupted()) return exit_interrupted;
  return reader_gone ? exit_failed : exit_ok;
}

int generate(const GenerateOptions& options) {
  const auto edits = options.edits.result();
  if (!edits.ok()) return report(edits.error(), options.common.json);
  std::string prompt = options.prompt;
  if (prompt == "-") prompt.assign(std::istreambuf_iterator<char>(std::cin), {});
  const auto loaded = load(options.common);
  if (!loaded.ok()) return report(loaded.error(), options.common.json);
  const auto session = loaded->model->create_session({});
  if (!session.ok()) return report(session.error(), options.common.json);
  if (const Status set = (*session)->set_edits(*edits); !set.ok()) return report(set.error(), options.common.json);
  GenerationRequest request;
  if (options.raw) {
    request.raw_prompt = prompt;
  } else {
    if (!options.system.empty()) request.messages.push_back(Message::text(Role::system, options.system));
    request.messages.push_back(Message::text(Role::user, prompt));
  }
  request.sampling = options.sampling.result();
  if (!edits->empty()) std::cerr << "roundhouse-cli: routing edits in force: " << edits->summary() << '\n';
  return answer(*session, *loaded->model, std::move(request), options.common.json, nullptr);
}

int chat(const GenerateOptions& options) {
  const auto edits = options.edits.result();
  if (!edits.ok()) return report(edits.error(), options.common.json);
  const auto loaded = load(options.common);
  if (!loaded.ok()) return report(loaded.error(), options.common.json);
  const auto session = loaded->model->create_session({});
  if (!session.ok()) return report(session.error(), options.common.json);
  if (const Status set = (*session)->set_edits(*edits); !set.ok()) return report(set.error(), options.common.json);
  const bool person = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  if (person) std::cerr << loaded->model->info().name << " (empty line or Ctrl+D ends, Ctrl+C stops an answer)\n";
  std::vector<Message> messages;
  if (!options.system.empty()) messages.push_back(Message::text(Role::system, options.system));
  for (std::string line;;) {
    if (person) std::cerr << "> " << std::flush;
    if (!std::getline(std::cin, line) || line.empty()) return exit_ok;
    messages.push_back(Message::text(Role::user, line));
    GenerationRequest request;
    request.messages = messages;
    request.sampling = options.sampling.result();
    std::string text;
    const int code = answer(*session, *loaded->model, std::move(request), options.common.json, &text);
    if (code != exit_ok && code != exit_interrupted) return code;
    messages.push_back(Message::text(Role::assistant, text));
  }
}

}  // namespace

void add_generate(CLI::App& app, Run& run) {
  auto options = std::make_shared<GenerateOptions>();
  auto* command = app.add_subcommand("generate", "answer one prompt; the answer alone goes to standard output");
  add_common(*command, options->common);
  add_sampling(*command, options->sampling);
  add_edits(*command, options->edits);
  command->add_option("--system", options->system, "system message");
  command->add_flag("--raw", options->raw, "continue the text as it is, without the chat template");
  command->add_option("PROMPT", options->prompt, "the prompt; \"-\" reads standard input")->required();
  command->callback([options, &run] { run = [options] { return generate(*options); }; });
}

void add_chat(CLI::App& app, Run& run) {
  auto options = std::make_shared<GenerateOptions>();
  auto* command = app.add_subcommand("chat", "a conversation, one line a turn");
  add_common(*command, options->common);
  add_sampling(*command, options->sampling);
  add_edits(*command, options->edits);
  command->add_option("--system", options->system, "system message");
  command->callback([options, &run] { run = [options] { return chat(*options); }; });
}

}  // namespace roundhouse::cli
