// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/cli/interrupt.h"
#include "roundhouse/model.h"
#include "roundhouse/session.h"

namespace roundhouse::cli {

struct BenchPlan {
  int prompt_tokens = 512;
  int generated_tokens = 64;
  int repetitions = 3;
  bool trace = false;  // record routing while measuring
};

struct BenchSeries {
  int tokens = 0;                    // measured in each repetition
  std::vector<double> tokens_per_s;  // [repetitions]
  double median() const;
  double spread() const;             // (largest - smallest) / median
};

struct BenchResult {
  BenchSeries prompt;      // evaluating that many tokens in an empty context
  BenchSeries generation;  // drawing tokens one by one, greedily, after one token
  std::uint64_t active_bytes = 0;
};

// Bytes of weights, as stored, that one token uses: all dense ones and, of each routed layer's experts, its top-k.
std::uint64_t active_weight_bytes(const ModelInfo& info);

// English text that is exactly `tokens` tokens to this model, or as near below as can be found.
Result<std::string> text_of_tokens(const Tokenizer& tokenizer, int tokens);

// One round to warm up, then the repetitions, prompt and generation in turn. `cancelled` on Ctrl+C.
Result<BenchResult> run_bench(Model& model, const BenchPlan& plan, Interrupt& interrupt);

}  // namespace roundhouse::cli
