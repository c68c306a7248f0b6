// SPDX-License-Identifier: Apache-2.0
#pragma once

// A fine-tune as a value and as a file (YAML), the same for window, command line and cluster. Keys of the file are the members'
// names below, in groups; what is left out has the value given here; an unknown key is an error by its line.
//
//   version: 1
//   name: who-am-i
//   model: embedded
//   output: runs/who-am-i
//   data: {train: [roundhouse-mini.jsonl], evaluation: [roundhouse-mini-eval.jsonl]}
//   adapter: {targets: [attention, experts], rank: 16}
//   steps: {epochs: 3, samples: 8}

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "roundhouse/result.h"

namespace roundhouse {

struct TrainingJob {
  enum class TooLong : std::uint8_t { drop, truncate };
  enum class Problems : std::uint8_t { stop, skip };
  enum class Method : std::uint8_t { lora, dora, bottleneck, experts };
  enum class ExpertScore : std::uint8_t { none, gate, tokens };
  enum class Balance : std::uint8_t { none, batch, sequence };
  enum class Moments : std::uint8_t { float32, int8 };
  enum class Schedule : std::uint8_t { constant, cosine, wsd };
  enum class Precision : std::uint8_t { float32, bfloat16 };

  std::string name = "fine-tune";
  std::string model = "embedded";  // a path, or "embedded": the model that comes with the program
  std::string output;              // folder of the run, see training_run.h
  std::uint64_t seed = 1;          // of fresh weights and of the order of samples

  struct Data {
    std::vector<std::string> train;       // files
    std::vector<std::string> evaluation;  // files; none: see evaluation_share
    double evaluation_share = 0.0;        // 0..0.5 of the training rows, kept out when there are no files for evaluation
    std::string format = "auto";          // auto, messages, sharegpt, alpaca, preference, text
    std::map<std::string, std::string> mapping;  // role -> the file's own name for it: {prompt: question, response: answer}
    std::int64_t max_tokens = 1024;       // of one sample; at most the model's context
    TooLong too_long = TooLong::drop;
    Problems problems = Problems::stop;   // what to do about rows that cannot be used
    bool operator==(const Data&) const = default;
  } data;

  struct Adapter {
    Method method = Method::lora;         // experts: whole experts without a low-rank form (ESFT); targets then are of no account
    std::vector<std::string> targets = {"attention", "experts"};  // attention, dense, shared, experts, all, or patterns
                                                                  // of weights' names ("layers.2*.q")
    std::vector<std::string> exclude;                             // patterns that stay as they are
    std::map<std::int32_t, std::vector<std::int32_t>> experts;    // layer -> routed experts to train; empty: all,
                                                                  // or those that expert_score chooses
    ExpertScore expert_score = ExpertScore::none;  // choose experts by what the training data uses: by routing weight, or by tokens
    double expert_threshold = 0.2;        // of each layer the best until their shares sum up to this (arXiv 2407.01906)
    std::int64_t rank = 16;                                       // of bottleneck: its width
    double alpha = 32.0;
    bool rank_stabilised = false;         // rsLoRA: scale alpha / sqrt(rank)
    double learning_rate_ratio = 1.0;     // LoRA+: of B to that of A
    bool operator==(const Adapter&) const = default;
  } adapter;

  struct Router {
    bool train = false;
    Balance balance = Balance::none;
    double balance_weight = 0.01;
    double z_weight = 0.0;
    double bias_rate = 0.0;               // of the selection bias a step; 0: it stays
    bool operator==(const Router&) const = default;
  } router;

  struct Optimizer {
    double learning_rate = 2e-4;
    double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0.0;
    double clip = 1.0;                    // largest gradient norm; 0: none
    Moments moments = Moments::float32;
    Schedule schedule = Schedule::cosine;
    std::int64_t warmup_steps = 0;
    std::int64_t decay_steps = 0;         // of wsd
    double floor = 0.0;                   // share of the learning rate at the end
    bool operator==(const Optimizer&) const = default;
  } optimizer;

  struct Steps {
    std::int64_t steps = 0;               // 0: as many as the epochs need
    double epochs = 1.0;
    std::int64_t samples = 8;             // of one step
    std::int64_t batch_tokens = 4096;     // run through the model at once, at most; a step accumulates as many batches as it needs
    bool operator==(const Steps&) const = default;
  } steps;

  struct Evaluation {
    std::int64_t every = 0;               // steps; 0: ten times in all. Also before the first and after the last step
    std::vector<std::string> prompts;     // answered at each evaluation, greedily
    std::int64_t answer_tokens = 48;
    bool operator==(const Evaluation&) const = default;
  } evaluation;

  struct Checkpoint {
    std::int64_t every = 25;              // steps
    std::int64_t keep = 2;                // newest that stay
    bool operator==(const Checkpoint&) const = default;
  } checkpoint;

  // What is written when the training is done, beside the adapter as PEFT reads it; each is compared with what was trained.
  struct Exports {
    bool gguf = true;                     // the adapter as llama.cpp reads it, where the model is in GGUF
    std::string merged = "none";          // the model with the adapter in its weights: none, same (each tensor in its own type,
                                          // those that change in 8 bits at least), or a type for all matrices: f32, f16, bf16, q8_0, q4_0
    bool operator==(const Exports&) const = default;
  } exports;

  struct Compute {
    int threads = 0;                      // 0: one per processor
    std::string isa = "automatic";      // or a name of isa.h
    Precision precision = Precision::float32;
    std::uint64_t activation_bytes = 0;   // kept between forward and backward pass, at most; 0: half of what is free
    bool operator==(const Compute&) const = default;
  } compute;

  bool operator==(const TrainingJob&) const = default;
};

// Paths in the file are relative to its folder; in the value they are absolute (but "embedded"). Errors name line and key.
Result<TrainingJob> read_training_job(const std::string& path);
// `name`: what errors call the text. `folder`: of relative paths.
Result<TrainingJob> parse_training_job(std::string_view yaml, const std::string& name, const std::string& folder);
// What parse_training_job() reads back as the same value; every key is written.
std::string training_job_yaml(const TrainingJob& job);

// Ranges and what does not go together. The same check that reading makes.
Status check_training_job(const TrainingJob& job);

}  // namespace roundhouse
