// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace roundhouse::cli {
namespace {

constexpr std::int64_t most_int = std::numeric_limits<int>::max();  // "or more" in messages

// A check that `text` is a Number within the bounds. It is written anew: the parser reads 010 as 8.
template <class Number>
CLI::Validator number_check(std::string expected, Number least, Number most) {
  const auto check = [expected = std::move(expected), least, most](std::string& text) -> std::string {
    Number value{};
    const char* const end = text.data() + text.size();
    const auto [read, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc() && read == end && value >= least && value <= most) {
      if constexpr (std::is_integral_v<Number>) text = std::to_string(value);
      return {};
    }
    return "expected " + expected + ", found '" + text + "'";
  };
  return CLI::Validator(check, "");
}

}  // namespace

CLI::Validator whole_number(std::int64_t least, std::int64_t most) {
  const bool open = most >= most_int;
  return number_check<std::int64_t>("a whole number" + (open ? ", " + std::to_string(least) + " or more" : " from " + std::to_string(least) + " to " + std::to_string(most)),
                                    least, most);
}

CLI::Validator seed_number() {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return number_check<std::uint64_t>("a whole number from 0 to " + std::to_string(most), 0, most);
}

CLI::Validator real_number() {
  constexpr double most = std::numeric_limits<float>::max();
  return number_check<double>("a number", -most, most);
}

void add_model_option(CLI::App& app, ModelOptions& options) {
  app.add_option("-m,--model", options.model, "GGUF file or folder with config.json and safetensors [the embedded model]");
}

void add_model_options(CLI::App& app, ModelOptions& options) {
  add_model_option(app, options);
  app.add_option("--adapter", options.adapter, "LoRA adapter to answer with: a folder as PEFT writes it, or a GGUF file [none]");
  app.add_option("-t,--threads", options.threads, "Compute threads; 0: one a processor [0]")->transform(whole_number(0, most_int));
  app.add_option("--isa", options.isa, "Arithmetic path: automatic, reference, avx2, avx512, amx [automatic]");
  app.add_option("-c,--context", options.context, "Context in tokens; 0: the model's own [0]")->transform(whole_number(0, most_int));
}

void add_sampling_options(CLI::App& app, SamplingOptions& options) {
  const std::string group = "Sampling";
  app.add_option("-n,--max-tokens", options.max_tokens, "At most so many tokens; -1: until the answer or the context ends [" + std::to_string(options.max_tokens) + "]")->transform(whole_number(-1, most_int));
  app.add_option("--temperature", options.temperature, "0: always the most likely token [0.8; embedded model 0.4]")->transform(real_number())->group(group);
  app.add_option("--sampling-top-k", options.top_k, "Draw from the K most likely tokens; 0: off [40; embedded model 0]")->transform(whole_number(0, most_int))->group(group);
  app.add_option("--top-p", options.top_p, "Draw from the likeliest tokens of this probability together [0.95; embedded model 0.9]")->transform(real_number())->group(group);
  app.add_option("--min-p", options.min_p, "Leave out tokens below this share of the likeliest's probability [0.05; embedded model 0]")->transform(real_number())->group(group);
  app.add_option("--typical-p", options.typical_p, "Locally typical sampling; 1: off [1]")->transform(real_number())->group(group);
  app.add_option("--repetition-penalty", options.repetition_penalty, "1: off [1; embedded model 1.1]")->transform(real_number())->group(group);
  app.add_option("--frequency-penalty", options.frequency_penalty, "Logits taken for each earlier occurrence [0]")->transform(real_number())->group(group);
  app.add_option("--presence-penalty", options.presence_penalty, "Logits taken once for what occurred [0]")->transform(real_number())->group(group);
  app.add_option("--penalty-window", options.penalty_window, "How many tokens penalties look back; -1: all [256]")->transform(whole_number(-1, most_int))->group(group);
  app.add_option("--seed", options.seed, "Same seed, same text [drawn]")->transform(seed_number())->group(group);
  app.add_option("--stop", options.stop, "End before this text (may be given several times)")->group(group)->take_all()->allow_extra_args(false);
  app.add_option("--top-logprobs", options.top_logprobs, "With --json: alternatives for each token, 0 to 20 [0]")->transform(whole_number(0, 20))->group(group);
}

Result<SamplingSettings> sampling_settings(const SamplingOptions& options, bool embedded_model) {
  SamplingSettings settings;
  if (embedded_model) {
    settings.temperature = 0.4f;
    settings.top_k = 0;
    settings.top_p = 0.9f;
    settings.min_p = 0.0f;
    settings.repetition_penalty = 1.1f;
  }
  if (options.temperature) settings.temperature = *options.temperature;
  if (options.top_k) settings.top_k = *options.top_k;
  if (options.top_p) settings.top_p = *options.top_p;
  if (options.min_p) settings.min_p = *options.min_p;
  if (options.typical_p) settings.typical_p = *options.typical_p;
  if (options.repetition_penalty) settings.repetition_penalty = *options.repetition_penalty;
  if (options.frequency_penalty) settings.frequency_penalty = *options.frequency_penalty;
  if (options.presence_penalty) settings.presence_penalty = *options.presence_penalty;
  if (options.penalty_window) settings.penalty_window_tokens = *options.penalty_window;
  settings.seed = options.seed;
  for (const std::string& stop : options.stop) {
    RH_TRY(require_utf8("--stop", stop));
    if (!stop.empty()) settings.stop.push_back(stop);
  }
  settings.max_tokens = options.max_tokens;
  settings.top_logprobs = options.top_logprobs;
  if (const Status valid = settings.validate(); !valid.ok()) return argument_error(valid.error());
  return settings;
}

void add_routing_options(CLI::App& app, RoutingOptions& options) {
  const std::string group = "Routing edits (LAYER: a model layer or \"all\"); the answer is labelled with them";
  app.add_option("--edits", options.file, "File with routing edits, as the window saves them")->group(group);
  app.add_option("--disable", options.disable, "LAYER:EXPERT gets no token")->group(group)->take_all()->allow_extra_args(false);
  app.add_option("--boost", options.boost, "LAYER:EXPERT:LOGITS added to the router's logit (negative: suppressed)")->group(group)->take_all()->allow_extra_args(false);
  app.add_option("--force", options.force, "LAYER:EXPERT is always among the chosen")->group(group)->take_all()->allow_extra_args(false);
  app.add_option("--top-k", options.top_k, "[LAYER:]K experts a token (the sampler's top-k is --sampling-top-k)")->group(group)->take_all()->allow_extra_args(false);
}

Result<std::string> text_argument(Cli& cli, const std::string& what, const std::optional<std::string>& given) {
  std::string text = given.value_or("-");
  if (text == "-") {
    if (!given && cli.in.is_terminal()) {
      return Error{ErrorCode::invalid_argument, read_argument, what, "a text (or - for standard input)", "nothing"};
    }
    const Interrupt::Scope scope(cli.interrupt, [] {});
    RH_ASSIGN(text, cli.in.all());
  }
  RH_TRY(require_utf8(what, text));
  if (text.empty()) return Error{ErrorCode::invalid_argument, read_argument, what, "a text", "an empty one"};
  return text;
}

Result<std::string> prompt_argument(Cli& cli, const std::optional<std::string>& given) {
  RH_ASSIGN(std::string prompt, text_argument(cli, "PROMPT", given));
  if (prompt.find_first_not_of(" \t\r\n") == std::string::npos) {
    return Error{ErrorCode::invalid_argument, read_argument, "PROMPT", "a text", "blanks only"};
  }
  return prompt;
}

}  // namespace roundhouse::cli
