// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "app/cli/generation.h"
#include "app/cli/json_text.h"
#include "app/cli/options.h"
#include "roundhouse/atomic_file.h"
#include "roundhouse/tokenizer.h"
#include "roundhouse/trace.h"

namespace roundhouse::cli {
namespace {

struct TraceOptions : CommandOptions {
  ModelOptions model;
  SamplingOptions sampling;
  RoutingOptions routing;
  std::optional<std::string> prompt;
  std::string system, output, format;
  bool raw = false, no_scores = false;
  TraceOptions() { sampling.max_tokens = 0; }
};

bool ends_with(const std::string& text, std::string_view end) { return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0; }

// From --format, else from the file's name; on standard output CSV, or JSON with --json.
Result<std::string> format_of(const TraceOptions& options) {
  std::string format = options.format;
  if (format.empty()) {
    if (options.output.empty()) {
      format = options.json ? "json" : "csv";
    } else {
      for (const char* known : {"rhtrace", "csv", "json"}) {
        if (ends_with(options.output, std::string(".") + known)) format = known;
      }
    }
  }
  if (format == "csv" || format == "json" || (format == "rhtrace" && !options.output.empty())) return format;
  return Error{ErrorCode::invalid_argument, read_argument, options.output.empty() ? "standard output" : options.output,
               options.output.empty() ? "--format csv or json" : "a name that ends in .rhtrace, .csv or .json, or --format", format.empty() ? "another" : format};
}

// One line a routed layer: how the load spread over its experts.
std::string summary_text(const RoutingTrace& trace) {
  std::vector<std::vector<std::string>> rows = {{"layer", "experts", "unused", "entropy", "max/mean", "busiest"}};
  for (int i = 0; i < trace.layer_count(); ++i) {
    const LayerLoad load = layer_load(trace, i, 0, trace.token_count());
    std::vector<int> order(load.assignments.size());
    for (std::size_t e = 0; e < order.size(); ++e) order[e] = static_cast<int>(e);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return load.assignments[static_cast<std::size_t>(a)] > load.assignments[static_cast<std::size_t>(b)]; });
    std::string busiest;
    for (std::size_t e = 0; e < std::min<std::size_t>(3, order.size()); ++e) {
      busiest += fmt::format("{}{} ({})", e ? ", " : "", order[e], load.assignments[static_cast<std::size_t>(order[e])]);
    }
    rows.push_back({std::to_string(trace.layout().layers[static_cast<std::size_t>(i)].layer), std::to_string(load.assignments.size()),
                    std::to_string(load.unused_experts), fmt::format("{:.3f}", load.entropy), fmt::format("{:.2f}", load.max_violation + 1), busiest});
  }
  return table_text(rows);
}

Result<int> run_trace(Cli& cli, const TraceOptions& options) {
  RH_ASSIGN(const std::string format, format_of(options));
  RH_ASSIGN(const std::string prompt, prompt_argument(cli, options.prompt));
  RH_TRY(require_utf8("--system", options.system));
  RH_ASSIGN(RoutingEdits edits, read_routing_options(options.routing));
  GenerationRequest request = request_for(prompt, options.system, options.raw);
  RH_ASSIGN(request.sampling, sampling_settings(options.sampling, options.model.model.empty()));
  RH_ASSIGN(const auto model, cli.load(options.model, true));
  if (model->info().routing.layers.empty()) {
    return Error{ErrorCode::unsupported, "trace", model->info().path, "a model with routed experts", "a dense model"};
  }
  SessionOptions session_options;
  session_options.trace_scores = !options.no_scores;
  RH_ASSIGN(const auto session, start_session(*model, session_options));
  RH_TRY(apply_edits(*session, options.routing, std::move(edits)));
  RH_ASSIGN(const GenerationResult result, generate(*session, std::move(request), cli.interrupt, [](const TokenEvent&) -> Status { return Ok{}; }));
  if (result.error) return *result.error;
  if (cli.interrupt.came()) return cli.interrupt.exit_code();
  const RoutingTrace trace = session->trace();
  std::vector<std::string> texts;
  for (int token = 0; token < trace.token_count(); ++token) {
    const TokenId id = trace.token_id(token);
    const std::string_view text = model->tokenizer().is_special(id) ? model->tokenizer().token_text(id) : model->tokenizer().token_bytes(id);
    texts.emplace_back(text);
  }
  for (const std::string& remark : remarks(result)) cli.note(remark);
  const auto write = [&](const RoutingTrace::TextSink& sink) { return format == "csv" ? trace.write_csv(sink, texts) : trace.write_json(sink, texts); };
  if (options.output.empty()) {
    RH_TRY(write([&cli](std::string_view piece) { return cli.out.write(piece); }));
    if (format == "json") RH_TRY(cli.out.write("\n"));
    return exit_ok;
  }
  if (format == "rhtrace") {
    RH_TRY(trace.save(options.output, texts));
  } else {
    RH_ASSIGN(AtomicFile file, AtomicFile::create(options.output));
    RH_TRY(write([&file](std::string_view piece) { return file.write(piece); }));
    RH_TRY(file.commit());
  }
  if (options.json) {
    RH_TRY(cli.out.write(to_text({{"file", options.output}, {"format", format}, {"tokens", trace.token_count()}, {"prompt_tokens", trace.prompt_tokens()},
                                  {"layers", trace.layer_count()}, {"text", result.text}, {"audit_entry", result.audit_entry}}) + "\n"));
  } else {
    RH_TRY(cli.out.write(fmt::format("{}: {} tokens ({} of the prompt), {} routed layers\n", options.output, trace.token_count(), trace.prompt_tokens(),
                                     trace.layer_count()) + summary_text(trace)));
  }
  return exit_ok;
}

}  // namespace

void add_trace(CLI::App& root, Commands& commands) {
  auto& options = add_command<TraceOptions>(root, commands, "trace", "Record which experts a prompt's tokens (with -n N: and an answer's) go to", &run_trace);
  options.app->add_option("PROMPT", options.prompt, "The prompt; - or nothing: read from standard input");
  options.app->add_option("-o,--output", options.output, "File: NAME.rhtrace, NAME.csv or NAME.json [CSV on standard output]");
  options.app->add_option("--format", options.format, "rhtrace, csv or json, whatever the file's name says")->check(CLI::IsMember({"rhtrace", "csv", "json"}));
  options.app->add_option("--system", options.system, "System message");
  options.app->add_flag("--raw", options.raw, "Take PROMPT as it is, without the chat template");
  options.app->add_flag("--no-scores", options.no_scores, "Leave out the scores of experts that were not chosen");
  add_model_options(*options.app, options.model);
  add_sampling_options(*options.app, options.sampling);
  add_routing_options(*options.app, options.routing);
}

}  // namespace roundhouse::cli
