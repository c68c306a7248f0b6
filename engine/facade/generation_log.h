// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/log_sink.h"
#include "engine/facade/engine_impl.h"
#include "roundhouse/audit.h"
#include "roundhouse/session.h"

namespace roundhouse {

// The two audit entries of an answer: one before the first token is computed, one when it has ended. Texts pass the audit
// hooks first. Without an audit log it does nothing.
class GenerationLog {
 public:
  GenerationLog(const EngineImpl& engine, std::string model_name, std::string model_sha256, std::string conversation);
  // An error means that nothing could be logged, and then nothing is generated.
  Status start(const std::string& prompt, std::int32_t prompt_tokens, const SamplingSettings& sampling, std::uint64_t seed,
               const RoutingEdits& edits);
  Result<std::int64_t> finish(const GenerationResult& result);

 private:
  Result<std::int64_t> append(AuditEntry entry);  // its sequence

  std::shared_ptr<AuditLog> audit_;
  std::shared_ptr<LogSink> log_;
  std::vector<Hooks> hooks_;
  bool texts_;
  std::string program_, user_, model_name_, model_digest_, conversation_;
  std::string settings_json_, edits_json_;
  std::int64_t started_entry_ = 0;
};

std::string sampling_json(const SamplingSettings& sampling, std::uint64_t seed);

}  // namespace roundhouse
