// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/generation_log.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "roundhouse/audit.h"

namespace roundhouse {

namespace {
std::string json_text(const nlohmann::json& json) { return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }
}  // namespace

std::string sampling_json(const SamplingSettings& s, std::uint64_t seed) {
  nlohmann::json json = {{"temperature", s.temperature}, {"top_k", s.top_k}, {"top_p", s.top_p}, {"min_p", s.min_p},
                         {"typical_p", s.typical_p}, {"repetition_penalty", s.repetition_penalty},
                         {"frequency_penalty", s.frequency_penalty}, {"presence_penalty", s.presence_penalty},
                         {"penalty_window_tokens", s.penalty_window_tokens}, {"max_tokens", s.max_tokens}, {"seed", seed}};
  if (!s.stop.empty()) json["stop"] = s.stop;
  for (const auto& [id, bias] : s.logit_bias) {
    json["logit_bias"][std::to_string(id)] = std::isfinite(bias) ? nlohmann::json(bias) : nlohmann::json("forbidden");
  }
  return json_text(json);
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

AuditEntry GenerationLog::entry(std::string_view kind) const {
  AuditEntry entry;
  entry.kind = kind;
  entry.user = user_;
  entry.program = program_;
  entry.session = conversation_;
  entry.model_name = model_name_;
  entry.model_digest = model_digest_;
  entry.settings_json = settings_json_;
  entry.edits_json = edits_json_;
  return entry;
}

bool GenerationLog::keeps_texts(AuditTexts& texts) const {
  bool keeps = texts_;
  for (const Hooks& hooks : hooks_) {
    if (hooks.audit && !hooks.audit->before_audit(texts).ok()) keeps = false;
  }
  return keeps;
}

Status GenerationLog::start(const std::string& prompt, std::int32_t prompt_tokens, const SamplingSettings& sampling,
                            std::uint64_t seed, const RoutingEdits& edits) {
  if (!audit_) return Ok{};
  settings_json_ = sampling_json(sampling, seed);
  edits_json_ = edits.empty() ? "" : edits.to_json();
  AuditTexts texts{prompt, ""};
  AuditEntry started = entry(audit_kind::generation_started);
  started.hashes_only = !keeps_texts(texts);
  started.prompt_tokens = prompt_tokens;
  started.texts.push_back({"prompt", std::move(texts.prompt)});
  RH_ASSIGN(started_entry_, append(std::move(started)));
  return Ok{};
}

Result<std::int64_t> GenerationLog::finish(const GenerationResult& result) {
  if (!audit_) return std::int64_t{0};
  AuditTexts texts{"", result.text};
  nlohmann::json extra = {{"finish", finish_reason_name(result.finish)},
                          {"reused_tokens", result.stats.reused_tokens},
                          {"dropped_messages", result.stats.dropped_messages}};
  if (result.error) extra["error"] = result.error->message();
  AuditEntry ended = entry(audit_kind::generation);
  ended.hashes_only = !keeps_texts(texts);
  ended.refers_to = started_entry_;
  ended.prompt_tokens = result.stats.prompt_tokens;
  ended.answer_tokens = result.stats.generated_tokens;
  ended.extra_json = json_text(extra);
  ended.texts.push_back({"answer", std::move(texts.answer)});
  return append(std::move(ended));
}

Status GenerationLog::scored(const ScoringRecord& record) {
  if (!audit_) return Ok{};
  edits_json_ = record.edits.empty() ? "" : record.edits.to_json();
  AuditTexts texts{record.prompt, json_text(record.continuations)};
  AuditEntry scoring = entry(audit_kind::scoring);
  scoring.hashes_only = !keeps_texts(texts);
  scoring.prompt_tokens = record.prompt_tokens;
  nlohmann::json extra;
  if (record.error) extra["error"] = record.error->message();
  for (const ScoredSequence& score : record.scores) {
    scoring.answer_tokens += score.tokens;
    extra["scores"].push_back({{"logprob", score.logprob}, {"tokens", score.tokens}});
  }
  scoring.extra_json = json_text(extra);
  scoring.texts.push_back({"prompt", std::move(texts.prompt)});
  scoring.texts.push_back({"continuations", std::move(texts.answer)});
  RH_TRY(append(std::move(scoring)));
  return Ok{};
}

}  // namespace roundhouse
