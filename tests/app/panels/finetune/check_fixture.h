// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace roundhouse::app {

// A report as the worker writes it, with something of everything.
inline QByteArray reportJson() {
  return R"({"model": {"name": "Roundhouse Mini", "path": "/models/mini.gguf", "sha256": "ab12", "parameters": 125000000},
 "data": {"train": {"files": [{"path": "/data/one.jsonl", "rows": 200, "problem_count": 3, "detection": {"format": "messages"},
                               "problems": [{"line": 7, "reason": "no answer"}, {"line": 19, "reason": "not JSON"}]}],
                    "rows": 200, "problems": 3, "samples": 192, "tokens": 24000, "learned_tokens": 9000,
                    "truncated": 1, "dropped": 5, "refused": 0,
                    "notes": [{"kind": "truncated", "at": [0, 88, 0], "tokens": 2000, "reason": ""}, {"kind": "dropped", "at": [0, 12, 0], "tokens": 1500, "reason": ""}],
                    "lengths": {"shortest": 12, "median": 110, "p90": 310, "p99": 700, "longest": 1024, "mean": 120.5,
                                "buckets": [{"from": 9, "to": 64, "samples": 40}, {"from": 65, "to": 256, "samples": 130}, {"from": 257, "to": 1024, "samples": 22}]},
                    "exact_duplicates": 2, "near_duplicates": 1, "exact_examples": [{"first": [0, 3, 0], "second": [0, 17, 0]}], "near_examples": []},
          "evaluation": {"files": [{"path": "/data/two.jsonl", "rows": 20, "problem_count": 0, "problems": [], "detection": {"format": "messages"}}],
                         "rows": 20, "problems": 0, "samples": 20, "tokens": 2200, "learned_tokens": 900},
          "overlap": {"same_text": 1, "near_text": 0, "same_prompt": 2, "text_examples": [{"first": [0, 5, 0], "second": [0, 2, 0]}]},
          "held_out": false, "remarks": ["3 rows cannot be used."],
          "first_batch": [{"file": 0, "line": 4, "piece": 0, "tokens": [["<|user|>", 0, 1], ["Who are you?", 0, 0], ["I am", 1, 0], [" Roundhouse", 1, 0]]},
                          {"file": 0, "line": 9, "piece": 0, "tokens": [["What", 0, 0], [" now", 1, 0]]}]},
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
