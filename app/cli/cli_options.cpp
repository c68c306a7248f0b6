// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/cli_options.h"

#include <charconv>

namespace roundhouse::cli {

namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t colon; (colon = text.find(':', begin)) != std::string::npos; begin = colon + 1) parts.push_back(text.substr(begin, colon - begin));
  parts.push_back(text.substr(begin));
  return parts;
}

Error bad(const std::string& flag, const std::string& expected, const std::string& received) {
  return {ErrorCode::invalid_argument, "read " + flag, "argument", expected, received};
}

Result<std::int32_t> integer(const std::string& flag, const std::string& text, bool all_allowed) {
  if (all_allowed && text == "all") return -1;
  std::int32_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value < 0) return bad(flag, all_allowed ? "a number or \"all\"" : "a number", text);
  return value;
}

}  // namespace

void add_common(CLI::App& command, CommonOptions& options) {
  command.add_option("-m,--model", options.model, "GGUF file or Hugging Face folder (default: the embedded model)");
  command.add_option("--isa", options.isa, "arithmetic path: automatic, reference, avx2, avx512, amx")->capture_default_str();
  command.add_option("-t,--threads", options.threads, "compute threads (default: one per processor)")->check(CLI::Range(0, 1024));
  command.add_option("-c,--context", options.context_tokens, "context in tokens (default: the model's own)")->check(CLI::NonNegativeNumber);
  command.add_flag("--json", options.json, "machine-readable output");
  command.add_flag("--no-audit", options.no_audit, "write nothing to the audit log");
}

SamplingSettings SamplingFlags::result() const {
  SamplingSettings out = settings;
  if (seed >= 0) out.seed = static_cast<std::uint64_t>(seed);
  return out;
}

void add_sampling(CLI::App& command, SamplingFlags& flags) {
  SamplingSettings& s = flags.settings;
  command.add_option("-n,--max-tokens", s.max_tokens, "tokens at most (-1: until the context is full)")->capture_default_str();
  command.add_option("--temperature", s.temperature, "0: always the most likely token")->capture_default_str();
  command.add_option("--top-k-tokens", s.top_k, "tokens considered (0: all)")->capture_default_str();
  command.add_option("--top-p", s.top_p)->capture_default_str();
  command.add_option("--min-p", s.min_p)->capture_default_str();
  command.add_option("--typical-p", s.typical_p)->capture_default_str();
  command.add_option("--repetition-penalty", s.repetition_penalty)->capture_default_str();
  command.add_option("--frequency-penalty", s.frequency_penalty)->capture_default_str();
  command.add_option("--presence-penalty", s.presence_penalty)->capture_default_str();
  command.add_option("--stop", s.stop, "end before this text (repeatable)");
  command.add_option("--logprobs", s.top_logprobs, "alternatives per token, with --json")->capture_default_str();
  command.add_option("--seed", flags.seed, "same seed, same text (default: drawn)");
}

void add_edits(CLI::App& command, EditFlags& flags) {
  command.add_option("--edits", flags.file, "routing edits from a file")->check(CLI::ExistingFile);
  command.add_option("--disable", flags.disable, "LAYER:EXPERT gets no token; LAYER may be \"all\" (repeatable)");
  command.add_option("--boost", flags.boost, "LAYER:EXPERT:X adds X to the router's logit (repeatable)");
  command.add_option("--force", flags.force, "LAYER:EXPERT answers every token (repeatable)");
  command.add_option("--top-k", flags.top_k, "[LAYER:]K active experts (repeatable)");
}

Result<RoutingEdits> EditFlags::result() const {
  RoutingEdits edits;
  if (!file.empty()) {
    RH_ASSIGN(edits, RoutingEdits::load(file));
  }
  const auto expert = [&](const char* flag, const std::string& text, ExpertAction action) -> Status {
    const auto parts = split(text);
    if (parts.size() != (action == ExpertAction::boost ? 3u : 2u)) {
      return bad(flag, action == ExpertAction::boost ? "LAYER:EXPERT:X" : "LAYER:EXPERT", text);
    }
    ExpertEdit edit;
    edit.action = action;
    RH_ASSIGN(edit.layer, integer(flag, parts[0], true));
    RH_ASSIGN(edit.expert, integer(flag, parts[1], false));
    if (action == ExpertAction::boost) {
      char* end = nullptr;
      edit.amount = std::strtof(parts[2].c_str(), &end);
      if (parts[2].empty() || *end) return bad(flag, "a number", parts[2]);
    }
    edits.experts.push_back(edit);
    return Ok{};
  };
  for (const auto& text : disable) RH_TRY(expert("--disable", text, ExpertAction::disable));
  for (const auto& text : boost) RH_TRY(expert("--boost", text, ExpertAction::boost));
  for (const auto& text : force) RH_TRY(expert("--force", text, ExpertAction::force));
  for (const auto& text : top_k) {
    const auto parts = split(text);
    if (parts.size() > 2) return bad("--top-k", "[LAYER:]K", text);
    TopKEdit edit;
    if (parts.size() == 2) {
      RH_ASSIGN(edit.layer, integer("--top-k", parts[0], true));
    }
    RH_ASSIGN(edit.top_k, integer("--top-k", parts.back(), false));
    edits.top_k.push_back(edit);
  }
  return edits;
}

}  // namespace roundhouse::cli
