// SPDX-License-Identifier: GPL-3.0-or-later
#include <fstream>
#include <iostream>

#include "app/cli/cli_options.h"
#include "app/cli/commands.h"
#include "app/cli/interrupt.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse::cli {

namespace {

struct TraceOptions {
  CommonOptions common;
  SamplingFlags sampling;
  EditFlags edits;
  std::string prompt, output;
  bool raw = false, scores = true;
};

std::string table(const RoutingTrace& trace, const std::vector<std::string>& texts) {
  std::string out;
  for (int t = 0; t < trace.token_count(); ++t) {
    out += std::to_string(t) + (t < trace.prompt_tokens() ? " prompt " : " answer ") + "\"" + texts[static_cast<std::size_t>(t)] + "\"\n";
    for (int l = 0; l < trace.layer_count(); ++l) {
      out += "  layer " + std::to_string(trace.layout().layers[static_cast<std::size_t>(l)].layer) + ":";
      for (const auto& choice : token_decision(trace, t, l, 0).selected) {
        char text[32];
        std::snprintf(text, sizeof text, " %d (%.2f)", choice.expert, static_cast<double>(choice.weight));
        out += text;
      }
      out += '\n';
    }
  }
  return out;
}

int trace(const TraceOptions& options) {
  const auto edits = options.edits.result();
  if (!edits.ok()) return report(edits.error(), options.common.json);
  const auto loaded = load(options.common);
  if (!loaded.ok()) return report(loaded.error(), options.common.json);
  SessionOptions session_options;
  session_options.trace_scores = options.scores;
  const auto session = loaded->model->create_session(session_options);
  if (!session.ok()) return report(session.error(), options.common.json);
  if (const Status set = (*session)->set_edits(*edits); !set.ok()) return report(set.error(), options.common.json);
  GenerationRequest request;
  if (options.raw) request.raw_prompt = options.prompt;
  else request.messages.push_back(Message::text(Role::user, options.prompt));
  request.sampling = options.sampling.result();
  InterruptGuard guard(*session);
  const auto result = (*session)->generate_and_wait(std::move(request));
  if (!result.ok()) return report(result.error(), options.common.json);
  if (result->error) return report(*result->error, options.common.json);
  const RoutingTrace routing = (*session)->trace();
  std::vector<std::string> texts;
  for (int t = 0; t < routing.token_count(); ++t) texts.emplace_back(loaded->model->tokenizer().token_bytes(routing.token_id(t)));
  const auto ends = [&](const char* suffix) { return options.output.ends_with(suffix); };
  if (options.output.empty()) {
    print(options.common.json ? routing.to_json(texts) + "\n" : table(routing, texts));
    return exit_ok;
  }
  if (ends(".rhtrace")) {
    if (const Status saved = routing.save(options.output, texts); !saved.ok()) return report(saved.error(), options.common.json);
  } else if (ends(".csv") || ends(".json")) {
    std::ofstream file(options.output, std::ios::binary | std::ios::trunc);
    file << (ends(".csv") ? routing.to_csv(texts) : routing.to_json(texts));
    file.flush();
    if (!file) return report({ErrorCode::io, "write trace", options.output, "a writable file", "a failed write"}, options.common.json);
  } else {
    return report({ErrorCode::invalid_argument, "write trace", options.output, "a name ending in .rhtrace, .csv or .json", "another"}, options.common.json);
  }
  std::cerr << routing.token_count() << " tokens, " << routing.layer_count() << " layers: " << options.output << '\n';
  return exit_ok;
}

}  // namespace

void add_trace(CLI::App& app, Run& run) {
  auto options = std::make_shared<TraceOptions>();
  options->sampling.settings.max_tokens = 32;
  auto* command = app.add_subcommand("trace", "which experts answer each token of a prompt and its answer");
  add_common(*command, options->common);
  add_sampling(*command, options->sampling);
  add_edits(*command, options->edits);
  command->add_flag("--raw", options->raw, "without the chat template");
  command->add_flag("!--no-scores", options->scores, "leave the router's scores out");
  command->add_option("-o,--output", options->output, ".rhtrace, .csv or .json (default: a table on standard output)");
  command->add_option("PROMPT", options->prompt)->required();
  command->callback([options, &run] { run = [options] { return trace(*options); }; });
}

}  // namespace roundhouse::cli
