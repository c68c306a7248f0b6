// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/generation_log.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "roundhouse/audit.h"

namespace roundhouse {

std::string sampling_json(const SamplingSettings& s, std::uint64_t seed) {
  nlohmann::json json = {{"temperature", s.temperature}, {"top_k", s.top_k}, {"top_p", s.top_p}, {"min_p", s.min_p},
                         {"typical_p", s.typical_p}, {"repetition_penalty", s.repetition_penalty},
                         {"frequency_penalty", s.frequency_penalty}, {"presence_penalty", s.presence_penalty},
                         {"penalty_window_tokens", s.penalty_window_tokens}, {"max_tokens", s.max_tokens}, {"seed", seed}};
  if (!s.stop.empty()) json["stop"] = s.stop;
  for (const auto& [id, bias] : s.logit_bias) {
    json["logit_bias"][std::to_string(id)] = std::isfinite(bias) ? nlohmann::json(bias) : nlohmann::json("forbidden");
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

GenerationLog::GenerationLog(const EngineImpl& engine, std::string model_name, std::string model_sha256, std::string conversation)
    : audit_(engine.audit()), log_(engine.context().log), hooks_(engine.hooks()), texts_(engine.audit_texts()), program_(engine.options().program),
      user_(engine.options().user), model_name_(std::move(model_name)),
      model_digest_(model_sha256.empty() ? "" : "sha256:" + model_sha256), conversation_(std::move(conversation)) {}

Result<std::int64_t> GenerationLog::append(AuditEntry entry) {
  RH_ASSIGN(const AuditReceipt receipt, audit_->append(std::move(entry)));
  if (!receipt.warning.empty()) log_->log(LogLevel::warning, "audit", receipt.warning);
  return receipt.sequence;
}

Status GenerationLog::start(const std::string& prompt, std::int32_t prompt_tokens, const SamplingSettings& sampling,
                            std::uint64_t seed, const RoutingEdits& edits) {
  if (!audit_) return Ok{};
  settings_json_ = sampling_json(sampling, seed);
  edits_json_ = edits.empty() ? "" : edits.to_json();
  AuditTexts texts{prompt, ""};
  bool hashes_only = !texts_;
  for (const Hooks& hooks : hooks_) {
    if (hooks.audit && !hooks.audit->before_audit(texts).ok()) hashes_only = true;
  }
  AuditEntry entry;
  entry.kind = audit_kind::generation_started;
  entry.user = user_;
  entry.program = program_;
  entry.session = conversation_;
  entry.model_name = model_name_;
  entry.model_digest = model_digest_;
  entry.settings_json = settings_json_;
  entry.edits_json = edits_json_;
  entry.prompt_tokens = prompt_tokens;
  entry.hashes_only = hashes_only;
  entry.texts.push_back({"prompt", std::move(texts.prompt)});
  RH_ASSIGN(started_entry_, append(std::move(entry)));
  return Ok{};
}

Result<std::int64_t> GenerationLog::finish(const GenerationResult& result) {
  if (!audit_) return std::int64_t{0};
  AuditTexts texts{"", result.text};
  bool hashes_only = !texts_;
  for (const Hooks& hooks : hooks_) {
    if (hooks.audit && !hooks.audit->before_audit(texts).ok()) hashes_only = true;
  }
  nlohmann::json extra = {{"finish", finish_reason_name(result.finish)},
                          {"reused_tokens", result.stats.reused_tokens},
                          {"dropped_messages", result.stats.dropped_messages}};
  if (result.error) extra["error"] = result.error->message();
  AuditEntry entry;
  entry.kind = audit_kind::generation;
  entry.user = user_;
  entry.program = program_;
  entry.session = conversation_;
  entry.refers_to = started_entry_;
  entry.model_name = model_name_;
  entry.model_digest = model_digest_;
  entry.settings_json = settings_json_;
  entry.edits_json = edits_json_;
  entry.prompt_tokens = result.stats.prompt_tokens;
  entry.answer_tokens = result.stats.generated_tokens;
  entry.extra_json = extra.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  entry.hashes_only = hashes_only;
  entry.texts.push_back({"answer", std::move(texts.answer)});
  return append(std::move(entry));
}

}  // namespace roundhouse
