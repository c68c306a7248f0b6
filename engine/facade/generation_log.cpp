// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/generation_log.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "roundhouse/audit.h"

namespace roundhouse {

namespace {
std::string json_text(const nlohmann::json& json) { return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

// 1.1 and not 1.100000023841858: the shortest decimal that is this float.
double as_written(float value) {
  char digits[32];
  double number = value;
  if (const auto end = std::to_chars(digits, digits + sizeof digits, value); end.ec == std::errc()) std::from_chars(digits, end.ptr, number);
  return number;
}
}  // namespace

std::string sampling_json(const SamplingSettings& s, std::uint64_t seed) {
  nlohmann::json json = {{"temperature", as_written(s.temperature)}, {"top_k", s.top_k}, {"top_p", as_written(s.top_p)},
                         {"min_p", as_written(s.min_p)}, {"typical_p", as_written(s.typical_p)},
                         {"repetition_penalty", as_written(s.repetition_penalty)},
                         {"frequency_penalty", as_written(s.frequency_penalty)}, {"presence_penalty", as_written(s.presence_penalty)},
                         {"penalty_window_tokens", s.penalty_window_tokens}, {"max_tokens", s.max_tokens}, {"seed", seed}};
  if (!s.stop.empty()) json["stop"] = s.stop;
  for (const auto& [id, bias] : s.logit_bias) {
    json["logit_bias"][std::to_string(id)] = std::isfinite(bias) ? nlohmann::json(as_written(bias)) : nlohmann::json("forbidden");
  }
  return json_text(json);
}

GenerationLog::GenerationLog(const EngineImpl& engine, std::string model_name, std::string model_sha256, std::string conversation)
    : audit_(engine.audit()), log_(engine.context().log), texts_(engine.audit_texts()), program_(engine.options().program),
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
  entry.hashes_only = !texts_;
  return entry;
}

namespace {

// The kind of a failure is a fact of the entry; its words may hold what was asked, and so are a text.
void put_error(AuditEntry& entry, nlohmann::json& extra, const Error& error) {
  extra["error"] = error_code_name(error.code);
  entry.texts.push_back({"error", error.message()});
}

}  // namespace

Status GenerationLog::start(const std::string& prompt, std::int32_t prompt_tokens, const SamplingSettings& sampling,
                            std::uint64_t seed, const RoutingEdits& edits) {
  if (!audit_) return Ok{};
  settings_json_ = sampling_json(sampling, seed);
  edits_json_ = edits.empty() ? "" : edits.to_json();
  AuditEntry started = entry(audit_kind::generation_started);
  started.prompt_tokens = prompt_tokens;
  started.texts.push_back({"prompt", prompt});
  RH_ASSIGN(started_entry_, append(std::move(started)));
  return Ok{};
}

Result<std::int64_t> GenerationLog::finish(const GenerationResult& result) {
  if (!audit_) return std::int64_t{0};
  nlohmann::json extra = {{"finish", finish_reason_name(result.finish)},
                          {"reused_tokens", result.stats.reused_tokens},
                          {"dropped_messages", result.stats.dropped_messages}};
  if (!result.adapter.empty()) extra["adapter"] = result.adapter;
  AuditEntry ended = entry(audit_kind::generation);
  ended.refers_to = started_entry_;
  ended.prompt_tokens = result.stats.prompt_tokens;
  ended.answer_tokens = result.stats.generated_tokens;
  ended.texts.push_back({"answer", result.text});
  if (result.error) put_error(ended, extra, *result.error);
  ended.extra_json = json_text(extra);
  return append(std::move(ended));
}

Status GenerationLog::scored(const ScoringRecord& record) {
  if (!audit_) return Ok{};
  edits_json_ = record.edits.empty() ? "" : record.edits.to_json();
  AuditEntry scoring = entry(audit_kind::scoring);
  scoring.prompt_tokens = record.prompt_tokens;
  nlohmann::json extra;
  scoring.texts.push_back({"prompt", record.prompt});
  scoring.texts.push_back({"continuations", json_text(record.continuations)});
  if (record.error) put_error(scoring, extra, *record.error);
  for (const ScoredSequence& score : record.scores) {
    scoring.answer_tokens += score.tokens;
    extra["scores"].push_back({{"logprob", score.logprob}, {"tokens", score.tokens}});
  }
  scoring.extra_json = json_text(extra);
  RH_TRY(append(std::move(scoring)));
  return Ok{};
}

}  // namespace roundhouse
