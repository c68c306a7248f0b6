// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/bench_measure.h"

#include <algorithm>
#include <cmath>

#include "app/cli/argument_error.h"
#include "app/cli/generation.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse::cli {

double BenchSeries::median() const {
  if (tokens_per_s.empty()) return 0.0;
  std::vector<double> sorted = tokens_per_s;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

double BenchSeries::spread() const {
  const double middle = median();
  if (middle <= 0) return 0.0;
  const auto [low, high] = std::minmax_element(tokens_per_s.begin(), tokens_per_s.end());
  return (*high - *low) / middle;
}

std::uint64_t active_weight_bytes(const ModelInfo& info) {
  // Files give the experts' bytes together; experts of one model are of one size, so a layer's share is its count's.
  double experts = 0.0, used = 0.0;
  for (const RoutedLayer& layer : info.routing.layers) {
    experts += layer.experts;
    used += std::min(layer.top_k, layer.experts);
  }
  const double share = experts > 0 ? used / experts : 0.0;
  return info.dense_bytes + static_cast<std::uint64_t>(std::llround(static_cast<double>(info.expert_bytes) * share));
}

Result<std::string> text_of_tokens(const Tokenizer& tokenizer, int tokens) {
  // Many different words: experts must differ, as they do in text. Whole words of the vocabulary mostly stay one token.
  std::vector<std::string> words;
  for (TokenId id = 0; id < tokenizer.size(); ++id) {
    const std::string_view bytes = tokenizer.token_bytes(id);
    const bool word = tokenizer.token_type(id) == TokenType::normal && bytes.size() >= 4 && bytes.size() <= 12 && bytes[0] == ' ' &&
                      std::all_of(bytes.begin() + 1, bytes.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (word) words.emplace_back(bytes);
  }
  if (words.size() < 100) words = {" the", " engine", " turns", " slowly", " on", " its", " table", " and", " each", " stall", " holds", " one"};
  EncodeOptions options;
  options.add_special = true;
  options.parse_special = true;
  const auto count = [&](const std::string& text) -> Result<int> {
    RH_ASSIGN(const auto ids, tokenizer.encode(text, options));
    return static_cast<int>(ids.size());
  };
  std::uint32_t state = 1;
  const auto random_word = [&]() -> const std::string& {
    state = state * 1664525u + 1013904223u;
    return words[(state >> 8) % words.size()];
  };
  std::string text = "The";
  RH_ASSIGN(int have, count(text));
  if (have > tokens) return Error{ErrorCode::invalid_argument, read_argument, "-p", "at least " + std::to_string(have) + " tokens", std::to_string(tokens)};
  // Adds what is certainly not too much, counts, and so comes near; in the end word by word, with a few tries for the last.
  for (int failures = 0; have < tokens && failures < 50;) {
    std::string longer = text;
    for (int i = std::max(1, (tokens - have) / 4); i > 0; --i) longer += random_word();
    RH_ASSIGN(const int now, count(longer));
    if (now > tokens) {
      ++failures;
      continue;
    }
    text = std::move(longer);
    have = now;
  }
  return text;
}

Result<BenchResult> run_bench(Model& model, const BenchPlan& plan, Interrupt& interrupt) {
  SessionOptions session_options;
  session_options.trace = plan.trace;
  session_options.trace_scores = plan.trace;
  RH_ASSIGN(const auto session, start_session(model, session_options));
  std::string prompt;
  if (plan.prompt_tokens > 0) {
    RH_ASSIGN(prompt, text_of_tokens(model.tokenizer(), plan.prompt_tokens));
  }
  const auto once = [&](const std::string& text, int generated) -> Result<GenerationStats> {
    RH_TRY(session->reset());
    GenerationRequest request;
    request.raw_prompt = text;
    request.overflow = OverflowPolicy::fail;
    request.sampling.temperature = 0.0f;
    request.sampling.max_tokens = generated;
    request.sampling.ignore_end_tokens = true;
    RH_ASSIGN(const GenerationResult result, generate(*session, std::move(request), interrupt, [](const TokenEvent&) -> Status { return Ok{}; }));
    if (result.error) return *result.error;
    if (interrupt.came()) return Error{ErrorCode::cancelled, "run benchmark", "session", {}, "interrupted"};
    return result.stats;
  };
  BenchResult result;
  result.active_bytes = active_weight_bytes(model.info());
  for (int round = 0; round <= plan.repetitions; ++round) {
    const bool warm_up = round == 0;
    if (plan.prompt_tokens > 0) {
      RH_ASSIGN(const GenerationStats stats, once(prompt, 1));
      result.prompt.tokens = stats.evaluated_tokens;
      if (!warm_up) result.prompt.tokens_per_s.push_back(stats.prompt_tokens_per_s());
    }
    if (plan.generated_tokens > 0) {
      // One more: the first token comes of the prompt.
      RH_ASSIGN(const GenerationStats stats, once("The", plan.generated_tokens + 1));
      result.generation.tokens = stats.generated_tokens - 1;
      if (!warm_up) result.generation.tokens_per_s.push_back(stats.generation_tokens_per_s());
    }
  }
  return result;
}

}  // namespace roundhouse::cli
