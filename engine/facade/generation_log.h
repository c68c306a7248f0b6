// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/log_sink.h"
#include "engine/facade/engine_impl.h"
#include "roundhouse/audit.h"
#include "roundhouse/session.h"

namespace roundhouse {

// What was scored, and with what outcome.
struct ScoringRecord {
  std::string prompt;
  std::vector<std::string> continuations;
  RoutingEdits edits;
  std::int32_t prompt_tokens = 0;
  std::vector<ScoredSequence> scores;  // as many as were computed
  std::optional<Error> error;
};

// The audit entries of an answer (one before the first token is computed, one when it has ended) or of a scoring. Without an
// audit log it does nothing.
class GenerationLog {
 public:
  GenerationLog(const EngineImpl& engine, std::string model_name, std::string model_sha256, std::string conversation);
  // An error means that nothing could be logged, and then nothing is generated.
  Status start(const std::string& prompt, std::int32_t prompt_tokens, const SamplingSettings& sampling, std::uint64_t seed,
               const RoutingEdits& edits);
  Result<std::int64_t> finish(const GenerationResult& result);
  Status scored(const ScoringRecord& record);

 private:
  AuditEntry entry(std::string_view kind) const;   // what they have in common
  Result<std::int64_t> append(AuditEntry entry);  // its sequence

  std::shared_ptr<AuditLog> audit_;
  std::shared_ptr<LogSink> log_;
  bool texts_;
  std::string program_, user_, model_name_, model_digest_, conversation_;
  std::string settings_json_, edits_json_;
  std::int64_t started_entry_ = 0;
};

std::string sampling_json(const SamplingSettings& sampling, std::uint64_t seed);

}  // namespace roundhouse
