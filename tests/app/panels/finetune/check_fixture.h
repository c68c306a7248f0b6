// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace roundhouse::app {

// A report as the worker writes it, with something of everything.
inline QByteArray reportJson() {
  return R"({"model": {"name": "Roundhouse Mini", "path": "/models/mini.gguf", "sha256": "ab12", "parameters": 125000000},
 "data": {"train": {"files": [{"path": "/data/one.jsonl", "format": "messages", "sha256": "cd34", "rows": 200, "problem_count": 3,
                               "problems": [{"line": 7, "reason": "no answer"}, {"line": 19, "reason": "not JSON"}]}],
                    "rows": 200, "samples": 192, "tokens": 24000, "learned_tokens": 9000,
                    "truncated_count": 1, "truncated": [{"line": 88, "tokens": 2000}],
                    "dropped_count": 5, "dropped": [{"line": 12, "reason": "1500 tokens"}],
                    "lengths": {"least": 12, "median": 110, "p95": 310, "most": 1024,
                                "buckets": [{"up_to": 64, "count": 40}, {"up_to": 256, "count": 130}, {"up_to": 1024, "count": 22}]},
                    "duplicates": {"exact": 2, "near": 1, "examples": [{"lines": [3, 17]}]}},
          "evaluation": {"files": [{"path": "/data/two.jsonl", "format": "messages", "rows": 20, "problem_count": 0, "problems": []}],
                         "rows": 20, "samples": 20, "tokens": 2200, "learned_tokens": 900},
          "overlap": {"count": 1, "examples": [{"train_line": 5, "evaluation_line": 2}]},
          "first_batch": [{"tokens": [{"text": "<|user|>", "learned": false}, {"text": "Who are you?", "learned": false},
                                      {"text": "I am", "learned": true}, {"text": " Roundhouse", "learned": true}]},
                          {"tokens": [{"text": "What", "learned": false}, {"text": " now", "learned": true}]}]},
 "trained": {"method": "lora", "groups": [{"name": "attention", "modules": 24, "parameters": 400000}, {"name": "experts", "modules": 18, "parameters": 3200000}],
             "modules": [{"name": "layers.0.attention.q", "weights": ["layers.0.q"], "rank": 16, "experts": 0, "trained_experts": 0, "parameters": 16000},
                         {"name": "layers.3.experts.gate", "weights": ["layers.3.experts.gate"], "rank": 16, "experts": 32, "trained_experts": 8, "parameters": 64000}],
             "parameters": 3600000, "model_parameters": 125000000, "share": 0.0288, "adapter_bytes": 14400000},
 "router": {"trained": false, "balance": "none", "balance_weight": 0.01, "z_weight": 0, "bias_rate": 0},
 "steps": {"steps": 72, "epochs": 3, "samples": 8, "tokens": 72000},
 "predicted": {"memory_bytes": 1200000000, "seconds": 420},
 "available_memory_bytes": 14000000000})";
}

}  // namespace roundhouse::app
