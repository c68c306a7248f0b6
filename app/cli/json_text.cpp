// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/json_text.h"

#include <fmt/format.h>

namespace roundhouse::cli {
namespace {

double seconds(std::int64_t ns) { return static_cast<double>(ns) * 1e-9; }

std::size_t characters(const std::string& text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

Json memory_json(const MemoryUse& use) {
  return {{"dense_weights_bytes", use.dense_weights_bytes},
          {"expert_weights_bytes", use.expert_weights_bytes},
          {"kv_cache_bytes", use.kv_cache_bytes},
          {"workspace_bytes", use.workspace_bytes},
          {"total_bytes", use.total_bytes()}};
}

}  // namespace

std::string to_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json error_json(const Error& error) {
  return {{"code", error_code_name(error.code)}, {"operation", error.operation}, {"object", error.object},
          {"expected", error.expected},          {"received", error.received},   {"message", error.message()}};
}

Json model_json(const Model& model) {
  return {{"name", model.info().name}, {"path", model.info().path}, {"sha256", model.sha256()}};
}

Json stats_json(const GenerationStats& stats) {
  return {{"prompt_tokens", stats.prompt_tokens},
          {"reused_tokens", stats.reused_tokens},
          {"evaluated_tokens", stats.evaluated_tokens},
          {"generated_tokens", stats.generated_tokens},
          {"dropped_messages", stats.dropped_messages},
          {"context_used_tokens", stats.context_used_tokens},
          {"context_tokens", stats.context_tokens},
          {"queued_s", seconds(stats.queued_ns)},
          {"prompt_s", seconds(stats.prompt_ns)},
          {"first_token_s", seconds(stats.first_token_ns)},
          {"generation_s", seconds(stats.generation_ns)},
          {"prompt_tokens_per_s", stats.prompt_tokens_per_s()},
          {"generation_tokens_per_s", stats.generation_tokens_per_s()}};
}

Json generation_json(const GenerationResult& result, const Model& model) {
  Json json = {{"text", result.text}, {"finish", finish_reason_name(result.finish)}, {"seed", result.seed}, {"model", model_json(model)}};
  if (!result.edits.empty()) {
    json["edits"] = Json::parse(result.edits.to_json(), nullptr, false);
    json["edits_summary"] = result.edits.summary();
  }
  json["stats"] = stats_json(result.stats);
  json["audit_entry"] = result.audit_entry;
  return json;
}

Json model_info_json(const ModelInfo& info, const MemoryUse& predicted, bool metadata) {
  Json json = {{"path", info.path},
               {"format", info.format},
               {"name", info.name},
               {"architecture", info.architecture},
               {"description", info.description},
               {"license", info.license},
               {"author", info.author},
               {"base_model", info.base_model},
               {"file_bytes", info.file_bytes},
               {"parameters", info.parameters},
               {"active_parameters", info.active_parameters},
               {"layers", info.layers},
               {"width", info.width},
               {"heads", info.heads},
               {"kv_heads", info.kv_heads},
               {"head_width", info.head_width},
               {"vocabulary", info.vocabulary},
               {"context_tokens", info.context_tokens},
               {"has_chat_template", info.has_chat_template},
               {"dense_bytes", info.dense_bytes},
               {"expert_bytes", info.expert_bytes},
               {"kv_bytes_per_token", info.kv_bytes_per_token},
               {"predicted_memory", memory_json(predicted)},
               {"loadable", !info.not_loadable}};
  if (info.not_loadable) json["not_loadable_reason"] = info.not_loadable->message();
  json["routing"] = Json::array();
  for (const RoutedLayer& layer : info.routing.layers) {
    json["routing"].push_back({{"layer", layer.layer},
                               {"experts", layer.experts},
                               {"top_k", layer.top_k},
                               {"shared_experts", layer.shared_experts},
                               {"score", layer.score}});
  }
  json["types"] = Json::array();
  for (const TypeShare& share : info.types) json["types"].push_back({{"type", share.type}, {"tensors", share.tensors}, {"bytes", share.bytes}});
  if (metadata) {
    json["metadata"] = Json::object();
    for (const auto& [key, value] : info.metadata) json["metadata"][key] = value;
  }
  return json;
}

Json verify_json(const AuditVerifyReport& report) {
  Json json = {{"ok", report.ok}, {"entries_checked", report.entries_checked}, {"findings", Json::array()}, {"findings_total", report.findings_total}};
  for (const AuditFinding& finding : report.findings) json["findings"].push_back({{"entry", finding.entry}, {"what", finding.what}});
  json["unfinished"] = report.unfinished;
  json["notes"] = Json::array();
  for (const AuditFinding& note : report.notes) json["notes"].push_back(note.what);
  json["head"] = {{"sequence", report.head.sequence}, {"hash", audit_hex(report.head.hash)}};
  if (report.recorded_head) json["recorded_head"] = {{"sequence", report.recorded_head->sequence}, {"hash", audit_hex(report.recorded_head->hash)}};
  return json;
}

std::string bytes_text(std::uint64_t bytes) {
  static constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < std::size(units)) {
    value /= 1000;
    ++unit;
  }
  if (unit == 0) return fmt::format("{} B", bytes);
  return fmt::format("{:.{}f} {}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0, units[unit]);
}

std::string table_text(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], characters(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - characters(row[i]), ' ');
      if (i > 0) line += "  ";
      line += i == 0 ? row[i] + blanks : blanks + row[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace roundhouse::cli
