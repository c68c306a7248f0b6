// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "engine/audit/log_impl.h"
#include "roundhouse/search_text.h"

namespace roundhouse::audit {

Result<AuditHead> last_entry(Connection& connection) {
  RH_ASSIGN(auto row, connection.prepare("SELECT sequence, hash FROM entries ORDER BY sequence DESC LIMIT 1"));
  RH_ASSIGN(const bool found, row.step());
  return found ? AuditHead{row.integer(0), as_hash(row.bytes(1))} : AuditHead{};
}

Condition condition_for(const AuditFilter& filter) {
  Condition out;
  const auto add = [&](const std::string& sql, Value value) {
    out.sql += " AND " + sql;
    out.values.push_back(std::move(value));
  };
  if (filter.from_ns) add("time_ns >= ?", *filter.from_ns);
  if (filter.until_ns) add("time_ns < ?", *filter.until_ns);
  if (!filter.kinds.empty()) {
    std::string marks;
    for (const auto& kind : filter.kinds) {
      marks += marks.empty() ? "?" : ", ?";
      out.values.emplace_back(kind);
    }
    out.sql += " AND kind IN (" + marks + ")";
  }
  if (!filter.session.empty()) add("session <> '' AND session = ?", filter.session);
  if (!filter.user.empty()) add("user = ?", filter.user);
  if (!filter.model_digest.empty()) add("model_digest = ?", filter.model_digest);
  if (!filter.plugin.empty()) add("plugin = ?", filter.plugin);
  if (filter.refers_to != 0) add("refers_to <> 0 AND refers_to = ?", filter.refers_to);
  if (!filter.text.empty()) {
    const std::string expression = search_expression(filter.text);
    if (expression.empty()) {
      out.matches_none = true;
    } else {
      add("sequence IN (SELECT rowid FROM main.search WHERE search MATCH ?)", expression);
      out.uses_search = true;
    }
  }
  return out;
}

int bind_values(Statement& statement, const std::vector<Value>& values, int index) {
  for (const Value& value : values) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      statement.bind(index, *number);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      statement.bind_text(index, *text);
    } else if (const auto* blob = std::get_if<Blob>(&value)) {
      statement.bind_blob(index, blob->bytes);
    } else {
      statement.bind_null(index);
    }
    ++index;
  }
  return index;
}

Result<ContentReader> ContentReader::prepare(Connection& connection) {
  ContentReader out;
  RH_ASSIGN(out.contents_, connection.prepare("SELECT part, salt, text IS NOT NULL, CASE WHEN ?2 THEN text END "
                                              "FROM contents WHERE sequence = ?1"));
  RH_ASSIGN(out.redactions_, connection.prepare("SELECT action, min(sequence) FROM entries WHERE refers_to <> 0 "
                                                "AND refers_to = ? AND kind = 'redaction' GROUP BY action"));
  return out;
}

Status ContentReader::fill(AuditRecord& record, bool with_texts) {
  const auto part_named = [&](std::string_view name) -> AuditPart* {
    for (auto& part : record.parts)
      if (part.part == name) return &part;
    return nullptr;
  };
  contents_.reset();
  contents_.bind(1, record.sequence);
  contents_.bind(2, with_texts ? 1 : 0);
  for (;;) {
    RH_ASSIGN(const bool row, contents_.step());
    if (!row) break;
    AuditPart* part = part_named(contents_.bytes(0));
    if (part == nullptr) continue;  // not of this log; verify() names it
    part->salt = contents_.bytes(1);
    part->state = contents_.integer(2) != 0 ? AuditPartState::stored : AuditPartState::hash_only;
    if (with_texts && part->state == AuditPartState::stored)
      record.entry.texts.push_back({part->part, std::string(contents_.bytes(3))});
  }
  contents_.reset();
  redactions_.reset();
  redactions_.bind(1, record.sequence);
  for (;;) {
    RH_ASSIGN(const bool row, redactions_.step());
    if (!row) break;
    AuditPart* part = part_named(redactions_.bytes(0));
    if (part == nullptr || part->state != AuditPartState::missing) continue;
    part->state = AuditPartState::redacted;
    part->redacted_by = redactions_.integer(1);
  }
  redactions_.reset();
  return Ok{};
}

Status read_records(Connection& connection, const Condition& condition, std::int64_t before, int limit,
                    bool oldest_first, bool with_texts, const std::function<bool(AuditRecord)>& take) {
  if (condition.matches_none) return Ok{};
  RH_ASSIGN(auto contents, ContentReader::prepare(connection));
  RH_ASSIGN(auto rows, connection.prepare("SELECT " + column_list() + " FROM entries WHERE " + condition.sql +
                                          " AND sequence < ? ORDER BY sequence " +
                                          (oldest_first ? "ASC" : "DESC") + " LIMIT ?"));
  const int next = bind_values(rows, condition.values);
  rows.bind(next, before > 0 ? before : std::numeric_limits<std::int64_t>::max());
  rows.bind(next + 1, limit);
  for (;;) {
    RH_ASSIGN(const bool row, rows.step());
    if (!row) return Ok{};
    RH_ASSIGN(AuditRecord record, read_record(rows));
    RH_TRY(contents.fill(record, with_texts));
    if (!take(std::move(record))) return Ok{};
  }
}

}  // namespace roundhouse::audit
