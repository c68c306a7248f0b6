// SPDX-License-Identifier: Apache-2.0
#pragma once

// A fine-tune that runs. Its folder holds
//   job.yaml            the job, paths absolute
//   run.lock            locked (flock) by the process that runs it; its id stands inside
//   events.jsonl        what happened, one JSON object a line (below); a resumed run appends
//   checkpoint-<step>/  states to go on from, the newest TrainingJob::Checkpoint::keep
//   adapter/            when finished: the adapter as PEFT reads it, and adapter.gguf where the model is in GGUF
//
// Events have "event", "time" (UTC, ISO 8601) and
//   start        pid, step (where it begins; above 0: resumed, what was told of later steps is void), steps, report
//   step         step (from 1), steps, loss, gradient_norm, learning_rate, tokens, learned_tokens, seconds, tokens_per_s,
//                memory_bytes (resident now), peak_memory_bytes; balance_loss, z_loss where asked for;
//                routing {layers: [layer], counts: [routed layer][expert]} assignments of the step's tokens
//   evaluation   step (0: before training), loss, perplexity, tokens, seconds, drift [routed layer] (share of choices that differ
//                from the base model's), best, worst: [{sample, loss, text}]
//   answers      step, answers: [{prompt, answer}]
//   checkpoint   step, path
//   export       kind (peft, gguf), path, sha256
//   parity       exports: [{name, kl_mean, kl_max, agreement, passed}], passed
// and one of these at its end; a process that was killed leaves none:
//   paused       step: stopped on request with a checkpoint, to be resumed
//   finished     step, seconds, adapter (path; empty where whole weights alone were trained: the merged model is the result)
//   failed       step, error {code, operation, object, expected, received}

#include <functional>
#include <memory>
#include <string>

#include "roundhouse/audit.h"
#include "roundhouse/cancel.h"
#include "roundhouse/training_job.h"

namespace roundhouse {

struct TrainingOptions {
  std::shared_ptr<AuditLog> audit;    // null: nothing is logged
  std::string program = "roundhouse";
  std::string embedded_model;         // path of what TrainingJob::model "embedded" means
  bool resume = false;                // go on from the newest checkpoint in the folder; otherwise a folder with a run is refused
};

class TrainingRun {
 public:
  // Reads model and data, and says what will train, without training or writing anything. Blocks; `progress` (may be empty)
  // gets a stage and 0..1 on the calling thread.
  static Result<std::unique_ptr<TrainingRun>> prepare(TrainingJob job, TrainingOptions options,
                                                      std::function<void(const std::string&, double)> progress = {}, CancelToken cancel = {});
  virtual ~TrainingRun() = default;

  // One JSON object: model, data (rows, samples, tokens, lengths, problems, duplicates, overlap, first batch), trained (modules,
  // parameters, share, adapter bytes), router, steps, predicted memory in bytes and time in seconds.
  virtual const std::string& report_json() const = 0;

  // Trains to the end, or until `pause` is raised (then a checkpoint is written and the result is `cancelled`). Each event
  // is appended to the folder's events.jsonl and then given to `event` as one line without its end, on the calling thread.
  // `conflict`: another process runs it, or the folder holds a run and TrainingOptions::resume is not set.
  virtual Status run(std::function<void(const std::string& line)> event, CancelToken pause) = 0;
};

}  // namespace roundhouse
